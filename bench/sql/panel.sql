-- Makes the people of seed.sql differ from each other, as those of an operator do. For MariaDB.

UPDATE olltv_subscriber
SET created_at = TIMESTAMPADD(SECOND, id * 7919 % 63072000, '2022-12-01 00:00:00'),
    tv_since = TIMESTAMPADD(SECOND, id * 104729 % 31536000, '2024-01-01 00:00:00'),
    tv = CASE WHEN id % 100 < 8 THEN 'no_money' WHEN id % 100 < 10 THEN 'frozen' WHEN id % 100 = 10 THEN 'staff'
              WHEN id % 100 = 11 THEN 'vacation' WHEN id % 1000 = 99 THEN 'pending' ELSE 'active' END;

UPDATE olltv_subscription AS sub STRAIGHT_JOIN olltv_subscriber AS subscriber ON subscriber.id = sub.subscriber_id
SET sub.state = CASE subscriber.tv WHEN 'pending' THEN 'pending' ELSE 'suspended' END,
    sub.reason = CASE subscriber.tv WHEN 'pending' THEN NULL ELSE subscriber.tv END,
    sub.active_since = subscriber.created_at,
    sub.paid_through = '2024-11'
WHERE subscriber.tv <> 'active';

-- Staff have had to do with every tenth of them since the last run; the log is written in the order of time.
INSERT INTO event_log (at, actor, address, login, text, kind)
SELECT TIMESTAMPADD(SECOND, id * 31 % 3700000, '2024-12-02 00:00:00'), CASE id % 3 WHEN 0 THEN 'olena' ELSE 'taras' END,
       '10.0.0.5', login, CONCAT('OLLTV SUBSCRIBER (', login, ') RESUME'), 'OLLTV SUBSCRIBER RESUME'
FROM olltv_subscriber WHERE id % 10 = 0 ORDER BY 1;

INSERT INTO event_mark (id, actor, kind) SELECT id, actor, kind FROM event_log WHERE kind IS NOT NULL;

-- The queue is short, however many there are.
INSERT INTO olltv_delivery (subscriber_id, due_at, tries, parked_at, trouble)
SELECT id, '2025-01-15 08:00:00', 20, CASE WHEN id % 2 = 0 THEN '2025-01-14 08:00:00' END, 'PartnerUnreachable'
FROM olltv_subscriber WHERE id <= 60;

UPDATE olltv_tariff SET partner_percent = 55 WHERE id <> 5;

UPDATE olltv_subscription SET active_since = TIMESTAMPADD(SECOND, subscriber_id * 7919 % 63072000, '2022-12-01 00:00:00')
WHERE state = 'active';
