-- Fills an empty database. SQLite and MariaDB (with PIPES_AS_CONCAT) both read it.
-- The tables bench_* live as long as the connection.

CREATE TEMPORARY TABLE bench_number (n INTEGER PRIMARY KEY);

INSERT INTO bench_number
WITH RECURSIVE counted AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM counted WHERE n < :subscribers)
SELECT n FROM counted;

CREATE TEMPORARY TABLE bench_tariff (id INTEGER PRIMARY KEY, main INTEGER, fee INTEGER, fee_text VARCHAR(24));

INSERT INTO bench_tariff VALUES
    (1, 1, 15000, '150'), (2, 1, 19900, '199'), (3, 1, 25050, '250.5'), (4, 0, 4900, '49'), (5, 0, 7525, '75.25');

CREATE TEMPORARY TABLE bench_month AS
SELECT n AS id, '2024-' || substr('0' || n, -2) AS period, '2024-' || substr('0' || n, -2) || '-01 00:05:00.000000' AS at
FROM bench_number WHERE n <= 12 AND n > 12 - :history;

-- A stride scatters host and wallet ids over the subscribers; 1 leaves them in order. `can_pay` is a number of months.
CREATE TEMPORARY TABLE bench_person AS
SELECT n, 101 + n * :stride % :subscribers AS host, 'user' || n AS login, 1 + n % 3 AS main_id,
       CASE WHEN n % 100 < 20 THEN 4 + n % 2 END AS addon_id,
       CASE WHEN n * 7 % 20 < :rounds THEN n * 7 % 20 ELSE 1000 END AS can_pay
FROM bench_number;

CREATE TEMPORARY TABLE bench_subscription AS
SELECT 2 * n AS id, n, host, login, main_id AS tariff_id FROM bench_person
UNION ALL SELECT 2 * n + 1, n, host, login, addon_id FROM bench_person WHERE addon_id IS NOT NULL
ORDER BY 1;

CREATE TEMPORARY TABLE bench_wallet AS
SELECT n, host AS id, login, main.fee + COALESCE(addon.fee, 0) AS cost, CASE WHEN addon_id IS NULL THEN 1 ELSE 2 END AS fees,
       can_pay * (main.fee + COALESCE(addon.fee, 0)) + main.fee / 3 AS balance
FROM bench_person JOIN bench_tariff AS main ON main.id = main_id LEFT JOIN bench_tariff AS addon ON addon.id = addon_id;

INSERT INTO olltv_tariff (id, name, service, main, description, created_at)
SELECT id, 'Tariff ' || id, 'service_' || id, main, '{}', '2023-01-01 00:00:00.000000' FROM bench_tariff;

INSERT INTO olltv_price (id, tariff_id, starts_at, fee_minor)
SELECT id, id, '2023-01-01 00:00:00.000000', fee FROM bench_tariff;

INSERT INTO ledger_account (id, code, unit, balance_minor, held_minor, floor_minor)
SELECT 1, 'income:olltv', 'UAH', NULL, 0, NULL
UNION ALL SELECT 2, 'outside:cash', 'UAH', NULL, 0, NULL
UNION ALL SELECT id, 'wallet:' || login, 'UAH', FLOOR(balance), 0, 0 FROM bench_wallet ORDER BY 1;

INSERT INTO host_subscriber (id, login, password_hash, name, address, email, mobile, frozen, down, credit_minor, wallet_id)
SELECT host, login, '', 'Subscriber ' || n, 'Street ' || n, '', '0501234567', 0, 0, 0, host FROM bench_person ORDER BY host;

INSERT INTO olltv_subscriber (id, host_id, login, email, phone, created_at, remote_id, autoresume, tv, tariff_id, tv_since)
SELECT n, host, login, login || '@isp.example', '+380501234567', '2023-01-01 00:00:00.000000', login, 0, 'active', main_id,
       '2023-01-01 00:00:00.000000'
FROM bench_person ORDER BY n;

INSERT INTO olltv_subscription
    (id, subscriber_id, tariff_id, main, slot, state, fact, code, paid_through, ordered_at, active_since)
SELECT id, n, tariff_id, tariff_id < 4, CASE WHEN tariff_id < 4 THEN 'main' ELSE 'addon:' || tariff_id END, 'active',
       'on', '1234567', '2024-12', '2023-01-01 00:00:00.000000', '2023-01-01 00:00:00.000000'
FROM bench_subscription ORDER BY id;

INSERT INTO ledger_transfer
    (`key`, source_id, target_id, amount_minor, unit, at, actor, login, subscription_id, tariff_id, period, journal)
SELECT `key`, source_id, target_id, amount_minor, 'UAH', at, 'cron', login, subscription_id, tariff_id, period, journal
FROM (SELECT 0 AS month, n AS number, 'topup:' || n AS `key`, 2 AS source_id, id AS target_id,
             FLOOR(balance) + :history * cost AS amount_minor, '2023-12-31 12:00:00.000000' AS at, login,
             NULL AS subscription_id, NULL AS tariff_id, NULL AS period, NULL AS journal
      FROM bench_wallet
      UNION ALL
      SELECT month.id, sub.id, 'olltv.fee:' || sub.id || ':' || period, host, 1, fee, at, login, sub.id, tariff_id,
             period, 'olltv.fee_run:' || month.id
      FROM bench_month AS month CROSS JOIN bench_subscription AS sub JOIN bench_tariff ON bench_tariff.id = tariff_id) AS moved
ORDER BY month, number;

INSERT INTO event_log (at, actor, address, login, text)
SELECT at, 'cron', '', login,
       CASE WHEN line.n = 1 THEN 'BALANCEADD (' || login || ') ON -' || fee_text
            ELSE 'OLLTV CHARGE TARIFF [' || tariff_id || '] FEE `' || fee_text || '` FOR (' || login || ') AS [' || sub.n || ']' END
FROM bench_month AS month CROSS JOIN bench_subscription AS sub JOIN bench_tariff ON bench_tariff.id = tariff_id
     CROSS JOIN bench_number AS line
WHERE line.n <= 2
ORDER BY month.id, sub.id, line.n;

INSERT INTO olltv_fee_run
    (id, kind, period, actor, address, missed, started_at, finished_at, `cursor`, last_id, charged, kept_main, no_money,
     frozen, gone, fees, charged_minor, lack_minor, already_paid, switched_off, being_ordered)
SELECT month.id, 'run', period, 'cron', '', '', at, at, :subscribers, :subscribers, :subscribers, 0, 0, 0, 0,
       (SELECT SUM(fees) FROM bench_wallet), (SELECT SUM(cost) FROM bench_wallet), 0, 0, 0, 0
FROM bench_month AS month;

INSERT INTO olltv_fee_price (run_id, tariff_id, fee_minor, fee_text)
SELECT month.id, tariff.id, fee, fee_text FROM bench_month AS month CROSS JOIN bench_tariff AS tariff;

INSERT INTO olltv_fee_line
    (run_id, subscriber_id, wallet_id, outcome, main_due, fees, due_minor, charged_minor, lack_minor)
SELECT month.id, n, wallet.id, 'charged', 1, fees, cost, cost, 0
FROM bench_month AS month CROSS JOIN bench_wallet AS wallet ORDER BY month.id, n;
