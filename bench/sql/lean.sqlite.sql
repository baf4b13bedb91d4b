-- The least that is still right: transfers with their unique key, balances, paid months, suspensions. One transaction a
-- chunk; who is charged is worked out once, in a temporary table.

-- section: begin
CREATE TEMPORARY TABLE price AS
SELECT tariff_id, fee_minor FROM olltv_price
WHERE starts_at = (SELECT MAX(starts_at) FROM olltv_price AS later
                   WHERE later.tariff_id = olltv_price.tariff_id AND later.starts_at <= :now);

CREATE TEMPORARY TABLE work (subscriber_id INTEGER PRIMARY KEY, wallet_id INTEGER, due INTEGER, pays INTEGER);

-- section: next
SELECT MAX(id) FROM (SELECT id FROM olltv_subscriber WHERE id > :after ORDER BY id LIMIT :size);

-- section: chunk
DELETE FROM work;

INSERT INTO work
SELECT sub.subscriber_id, person.wallet_id, SUM(price.fee_minor),
       person.id IS NOT NULL AND NOT person.frozen AND balance_minor - held_minor >= SUM(price.fee_minor)
FROM olltv_subscription AS sub
     CROSS JOIN price ON price.tariff_id = sub.tariff_id
     CROSS JOIN olltv_subscriber AS subscriber ON subscriber.id = sub.subscriber_id
     LEFT JOIN host_subscriber AS person ON person.id = subscriber.host_id AND person.removed_at IS NULL
     LEFT JOIN ledger_account AS account ON account.id = person.wallet_id
WHERE sub.subscriber_id > :after AND sub.subscriber_id <= :upto AND sub.state = 'active' AND sub.paid_through < :period
GROUP BY sub.subscriber_id;

INSERT INTO ledger_transfer
    ("key", source_id, target_id, amount_minor, unit, at, actor, subscription_id, tariff_id, period)
SELECT 'olltv.fee:' || sub.id || ':' || :period, work.wallet_id, 1, price.fee_minor, 'UAH', :now, 'cron', sub.id,
       sub.tariff_id, :period
FROM work CROSS JOIN olltv_subscription AS sub ON sub.subscriber_id = work.subscriber_id
     CROSS JOIN price ON price.tariff_id = sub.tariff_id
WHERE work.pays AND sub.state = 'active' AND sub.paid_through < :period AND price.fee_minor > 0;

UPDATE ledger_account SET balance_minor = balance_minor - work.due
FROM work
WHERE ledger_account.id = work.wallet_id AND work.pays AND ledger_account.id IN (SELECT wallet_id FROM work);

UPDATE olltv_subscription
SET paid_through = CASE WHEN work.pays THEN :period ELSE paid_through END,
    state = CASE WHEN work.pays THEN state ELSE 'suspended' END,
    reason = CASE WHEN work.pays THEN reason ELSE 'no_money' END
FROM work
WHERE work.subscriber_id = olltv_subscription.subscriber_id AND olltv_subscription.subscriber_id > :after
      AND olltv_subscription.subscriber_id <= :upto AND olltv_subscription.state = 'active'
      AND olltv_subscription.paid_through < :period;

-- section: end
DROP TABLE work;

DROP TABLE price;
