-- The same rows as the product's run writes, by plain SQL: one transaction a chunk.

-- section: begin
INSERT INTO olltv_fee_run
    (id, kind, period, actor, address, missed, started_at, `cursor`, last_id, charged, kept_main, no_money, frozen, gone,
     fees, charged_minor, lack_minor, already_paid, switched_off, being_ordered)
SELECT :run, 'run', :period, 'cron', '', '', :now, 0, MAX(id), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM olltv_subscriber;

INSERT INTO olltv_fee_price (run_id, tariff_id, fee_minor, fee_text)
SELECT :run, tariff_id, fee_minor, TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM fee_minor DIV 100 + MOD(fee_minor, 100) / 100))
FROM olltv_price;

-- section: next
SELECT MAX(id) FROM (SELECT id FROM olltv_subscriber WHERE id > :after ORDER BY id LIMIT :size) AS following;

-- section: chunk
INSERT INTO olltv_fee_line
    (run_id, subscriber_id, wallet_id, outcome, main_due, fees, due_minor, charged_minor, lack_minor)
SELECT :run, subscriber_id, wallet_id,
       CASE WHEN person IS NULL THEN 'gone' WHEN frozen THEN 'frozen' WHEN spendable >= due THEN 'charged'
            ELSE 'no_money' END,
       main_due, IF(person IS NOT NULL AND NOT frozen AND spendable >= due, fees, 0), due,
       IF(person IS NOT NULL AND NOT frozen AND spendable >= due, due, 0),
       IF(person IS NOT NULL AND NOT frozen AND spendable < due, due - spendable, 0)
FROM (SELECT sub.subscriber_id, person.id AS person, person.wallet_id, person.frozen, MAX(sub.main) AS main_due,
             SUM(price.fee_minor > 0) AS fees, SUM(price.fee_minor) AS due, balance_minor - held_minor AS spendable
      FROM olltv_subscription AS sub
           STRAIGHT_JOIN olltv_fee_price AS price ON price.run_id = :run AND price.tariff_id = sub.tariff_id
           STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = sub.subscriber_id
           LEFT JOIN host_subscriber AS person ON person.id = subscriber.host_id AND person.removed_at IS NULL
           LEFT JOIN ledger_account AS account ON account.id = person.wallet_id
      WHERE sub.subscriber_id > :after AND sub.subscriber_id <= :upto AND sub.state = 'active'
            AND sub.paid_through < :period
      GROUP BY sub.subscriber_id FOR UPDATE) AS bill;

INSERT INTO olltv_fee_unpaid (run_id, outcome, subscriber_id)
SELECT run_id, outcome, subscriber_id FROM olltv_fee_line
WHERE run_id = :run AND subscriber_id > :after AND subscriber_id <= :upto AND outcome <> 'charged';

INSERT INTO ledger_transfer
    (`key`, source_id, target_id, amount_minor, unit, at, actor, login, subscription_id, tariff_id, period, journal)
SELECT CONCAT('olltv.fee:', sub.id, ':', :period), line.wallet_id, 1, price.fee_minor, 'UAH', :now, 'cron',
       subscriber.login, sub.id, sub.tariff_id, :period, CONCAT('olltv.fee_run:', :run)
FROM olltv_fee_line AS line
     STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = line.subscriber_id
     STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = line.subscriber_id
     STRAIGHT_JOIN olltv_fee_price AS price ON price.run_id = :run AND price.tariff_id = sub.tariff_id
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.outcome = 'charged'
      AND sub.state = 'active' AND sub.paid_through < :period AND price.fee_minor > 0;

UPDATE olltv_fee_line AS line STRAIGHT_JOIN ledger_account AS account ON account.id = line.wallet_id
SET account.balance_minor = account.balance_minor - line.charged_minor
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.charged_minor > 0;

INSERT INTO event_log (at, actor, address, login, text)
SELECT :now, 'cron', '', subscriber.login,
       IF(which.number = 0, CONCAT('BALANCEADD (', subscriber.login, ') ON -', price.fee_text),
          CONCAT('OLLTV CHARGE TARIFF [', sub.tariff_id, '] FEE `', price.fee_text, '` FOR (', subscriber.login,
                 ') AS [', subscriber.id, ']'))
FROM olltv_fee_line AS line
     STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = line.subscriber_id
     STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = line.subscriber_id
     STRAIGHT_JOIN olltv_fee_price AS price ON price.run_id = :run AND price.tariff_id = sub.tariff_id
     STRAIGHT_JOIN (SELECT 0 AS number UNION ALL SELECT 1) AS which
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.outcome = 'charged'
      AND sub.state = 'active' AND sub.paid_through < :period AND price.fee_minor > 0;

INSERT INTO event_log (at, actor, address, login, text)
SELECT :now, 'cron', '', subscriber.login,
       CONCAT('OLLTV SUBSCRIBER (', subscriber.login, ') SUSPEND ', IF(sub.main, 'TARIFF', 'ADDTARIFF'), ' [',
              sub.tariff_id, ']')
FROM olltv_fee_line AS line
     STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = line.subscriber_id
     STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = line.subscriber_id
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.outcome <> 'charged'
      AND sub.state = 'active';

INSERT INTO olltv_delivery (subscriber_id, due_at)
SELECT subscriber_id, :now FROM olltv_fee_line AS line
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.outcome <> 'charged'
ON DUPLICATE KEY UPDATE due_at = :now, tries = 0, parked_at = NULL, trouble = NULL;

UPDATE olltv_fee_line AS line STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = line.subscriber_id
SET sub.paid_through = IF(line.outcome = 'charged', :period, sub.paid_through),
    sub.state = IF(line.outcome = 'charged', sub.state, 'suspended'),
    sub.reason = CASE line.outcome WHEN 'charged' THEN sub.reason WHEN 'frozen' THEN 'frozen' WHEN 'gone' THEN 'gone'
                                   ELSE 'no_money' END
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND sub.state = 'active'
      AND sub.paid_through < :period;

UPDATE olltv_fee_line AS line STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = line.subscriber_id
SET subscriber.tv = line.outcome, subscriber.tv_since = :now
WHERE line.run_id = :run AND line.subscriber_id > :after AND line.subscriber_id <= :upto AND line.main_due
      AND line.outcome <> 'charged';

UPDATE olltv_fee_run AS run
       JOIN (SELECT COALESCE(SUM(outcome = 'charged'), 0) AS charged, COALESCE(SUM(outcome = 'no_money'), 0) AS no_money,
                    COALESCE(SUM(outcome = 'frozen'), 0) AS frozen, COALESCE(SUM(outcome = 'gone'), 0) AS gone,
                    COALESCE(SUM(fees), 0) AS fees, COALESCE(SUM(charged_minor), 0) AS charged_minor,
                    COALESCE(SUM(lack_minor), 0) AS lack_minor
             FROM olltv_fee_line WHERE run_id = :run AND subscriber_id > :after AND subscriber_id <= :upto) AS done
SET run.`cursor` = :upto, run.charged = run.charged + done.charged, run.no_money = run.no_money + done.no_money,
    run.frozen = run.frozen + done.frozen, run.gone = run.gone + done.gone, run.fees = run.fees + done.fees,
    run.charged_minor = run.charged_minor + done.charged_minor, run.lack_minor = run.lack_minor + done.lack_minor
WHERE run.id = :run;

-- section: end
UPDATE olltv_fee_run SET finished_at = :now WHERE id = :run;
