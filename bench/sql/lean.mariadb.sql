-- The least that is still right: transfers with their unique key, balances, paid months, suspensions. One transaction a
-- chunk; who is charged is worked out once, in a temporary table.

-- section: begin
CREATE TEMPORARY TABLE price (tariff_id BIGINT PRIMARY KEY, fee_minor BIGINT) ENGINE=MEMORY
SELECT tariff_id, fee_minor FROM olltv_price
WHERE starts_at = (SELECT MAX(starts_at) FROM olltv_price AS later
                   WHERE later.tariff_id = olltv_price.tariff_id AND later.starts_at <= :now);

CREATE TEMPORARY TABLE work (subscriber_id BIGINT PRIMARY KEY, wallet_id BIGINT, due BIGINT, pays BOOLEAN) ENGINE=MEMORY;

-- section: next
SELECT MAX(id) FROM (SELECT id FROM olltv_subscriber WHERE id > :after ORDER BY id LIMIT :size) AS following;

-- section: chunk
DELETE FROM work;

INSERT INTO work
SELECT sub.subscriber_id, person.wallet_id, SUM(price.fee_minor),
       person.id IS NOT NULL AND NOT person.frozen AND balance_minor - held_minor >= SUM(price.fee_minor)
FROM olltv_subscription AS sub
     STRAIGHT_JOIN price ON price.tariff_id = sub.tariff_id
     STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = sub.subscriber_id
     LEFT JOIN host_subscriber AS person ON person.id = subscriber.host_id AND person.removed_at IS NULL
     LEFT JOIN ledger_account AS account ON account.id = person.wallet_id
WHERE sub.subscriber_id > :after AND sub.subscriber_id <= :upto AND sub.state = 'active' AND sub.paid_through < :period
GROUP BY sub.subscriber_id FOR UPDATE;

INSERT INTO ledger_transfer
    (`key`, source_id, target_id, amount_minor, unit, at, actor, subscription_id, tariff_id, period)
SELECT CONCAT('olltv.fee:', sub.id, ':', :period), work.wallet_id, 1, price.fee_minor, 'UAH', :now, 'cron', sub.id,
       sub.tariff_id, :period
FROM work STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = work.subscriber_id
     STRAIGHT_JOIN price ON price.tariff_id = sub.tariff_id
WHERE work.pays AND sub.state = 'active' AND sub.paid_through < :period AND price.fee_minor > 0;

UPDATE work STRAIGHT_JOIN ledger_account AS account ON account.id = work.wallet_id
SET account.balance_minor = account.balance_minor - work.due
WHERE work.pays;

UPDATE work STRAIGHT_JOIN olltv_subscription AS sub ON sub.subscriber_id = work.subscriber_id
SET sub.paid_through = IF(work.pays, :period, sub.paid_through), sub.state = IF(work.pays, sub.state, 'suspended'),
    sub.reason = IF(work.pays, sub.reason, 'no_money')
WHERE sub.state = 'active' AND sub.paid_through < :period;

-- section: end
DROP TEMPORARY TABLE work;

DROP TEMPORARY TABLE price;
