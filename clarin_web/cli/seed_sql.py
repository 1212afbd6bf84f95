"""The statements of `./dev seed`, in order. Names are ASCII-foldable so that SQL's lower(translate()) equals lib.text.

`%(a)s` is the account, `%(o)s` its owner; counts are cast because small Python numbers bind as smallint.
"""

from __future__ import annotations

FOLD = "lower(translate({}, 'áéíóúñÁÉÍÓÚÑ', 'aeiounAEIOUN'))"
FIRST = "'{Ana,Bruno,Carla,Diego,Elena,Fabio,Gabriela,Hugo,Inés,Jorge,Karla,Luis,María,Nicolás,Olga,Pablo}'::text[]"
LAST = "'{Quispe,Salas,Torres,Huamán,Paredes,Rojas,Soto,Medina,Valdivia,Cárdenas,Núñez,Ortega,León,Vega,Ramos}'::text[]"
WHAT = "'{chompas,casacas,uniformes,polos,mochilas,chalecos,mantas,gorros,ponchos,bolsas}'::text[]"
WORDS = (
    "'{hola,gracias,pedido,precio,envío,docenas,Lima,mañana,factura,catálogo,talla,depósito,perfecto,quiero,stock,"
    "consulta,confirmo,muestra,bordado,logo}'::text[]"
)
NAME = f"({FIRST})[1 + (n * 7919) %% 16] || ' ' || ({LAST})[1 + (n * 104729) %% 15] || ' ' || n"
TITLE = f"({WHAT})[1 + (n * 31) %% 10] || ' ' || c.name"

PIPELINES = """
INSERT INTO pipeline (account_id, name, position, is_main)
SELECT %(a)s::bigint, name, place, place = 0 FROM (VALUES ('Ventas', 0), ('Mayoristas', 1)) v(name, place)
"""
STAGES = """
INSERT INTO stage (account_id, pipeline_id, name, kind, color, position)
SELECT p.account_id, p.id, v.name, v.kind, v.color, v.place FROM pipeline p,
 (VALUES ('Nuevo','open','blue',0), ('Contactado','open','violet',1), ('Propuesta','open','amber',2),
         ('Negociación','open','orange',3), ('Ganado','won','green',4), ('Perdido','lost','red',5))
 v(name, kind, color, place) WHERE p.account_id = %(a)s::bigint
"""
TAGS = """
INSERT INTO tag (account_id, name, name_key, color)
SELECT %(a)s::bigint, 'etiqueta ' || n, 'etiqueta ' || n, 'slate' FROM generate_series(1, 40) n
"""
CONTACTS = f"""
INSERT INTO contact (account_id, name, name_key, names, phone, created_at)
SELECT %(a)s::bigint, name, {FOLD.format("name")}, jsonb_build_object('typed', name), '+519' || lpad(n::text, 8, '0'),
       now() - (n %% 500) * interval '1 day'
FROM (SELECT n, {NAME} AS name FROM generate_series(1, %(leads)s::bigint) n) people
"""
IDENTITIES = """
INSERT INTO contact_identity (account_id, contact_id, kind, value, source, is_main)
SELECT account_id, id, 'phone', phone, 'typed', true FROM contact WHERE account_id = %(a)s::bigint
"""
# Kind of weights: four of five leads are in the first pipeline, and a third of all are closed.
LEADS = f"""
INSERT INTO lead (account_id, contact_id, pipeline_id, stage_id, status, title, name_key, search, value, owner_id,
                  tag_ids, closed_at, created_at, updated_at)
SELECT c.account_id, c.id, s.pipeline_id, s.id, s.kind, c.title, {FOLD.format("c.title")},
       {FOLD.format("c.title || ' ' || c.name")} || ' ' || ltrim(c.phone, '+'), (c.n * 37 %% 900) * 10,
       CASE WHEN c.n %% 3 = 0 THEN %(o)s::bigint END,
       CASE WHEN c.n %% 2 = 0 THEN ARRAY[t.first + (c.n / 2) %% 40] ELSE '{{}}'::bigint[] END,
       CASE WHEN s.kind <> 'open' THEN now() - (c.n %% 300) * interval '1 hour' END,
       now() - c.n * interval '2 minutes' - interval '1 day', now() - ((c.n * 7) %% 500000) * interval '31 seconds'
FROM (SELECT c.*, {TITLE} AS title FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM contact
      WHERE account_id = %(a)s::bigint) c) c
JOIN (SELECT *, row_number() OVER (ORDER BY pipeline_id, position) - 1 AS place FROM stage
      WHERE account_id = %(a)s::bigint) s ON s.place = (CASE WHEN c.n %% 5 = 0 THEN 6 ELSE 0 END) + c.n %% 6
CROSS JOIN (SELECT min(id) AS first FROM tag WHERE account_id = %(a)s::bigint) t
"""
TAGGINGS = """
INSERT INTO tagging (account_id, lead_id, tag_id)
SELECT account_id, id, unnest(tag_ids) FROM lead WHERE account_id = %(a)s::bigint
"""
DEVICE = """
INSERT INTO device (account_id, name, phone, state, wanted)
VALUES (%(a)s::bigint, 'Ventas', '+51987654300', 'stopped', 'stopped')
"""
CHATS = f"""
INSERT INTO chat (account_id, device_id, contact_id, key, name, search, last_at, unread, waiting_since, created_at)
SELECT c.account_id, d.id, c.id, ltrim(c.phone, '+'), c.name, {FOLD.format("c.name")} || ' ' || ltrim(c.phone, '+'),
       now(), 0, NULL, c.created_at
FROM contact c JOIN device d ON d.account_id = c.account_id WHERE c.account_id = %(a)s::bigint
ORDER BY c.id LIMIT %(chats)s::bigint
"""
# Uneven on purpose: the first chat is very long, most are short. Odd messages are ours and were read.
MESSAGES = f"""
INSERT INTO message (account_id, chat_id, wa_id, direction, body, state, author_id, at, created_at)
SELECT %(a)s::bigint, c.id, 'SEED' || n, CASE WHEN n %% 2 = 0 THEN 'in' ELSE 'out' END,
       ({WORDS})[1 + n %% 20] || ' ' || ({WORDS})[1 + (n * 13) %% 20] || ' ' || ({WORDS})[1 + (n * 29) %% 20] || ' ' || n,
       CASE WHEN n %% 2 = 0 THEN '' ELSE 'read' END, CASE WHEN n %% 2 = 0 THEN NULL ELSE %(o)s::bigint END,
       now() - (%(messages)s::bigint - n) * interval '9 seconds', now()
FROM generate_series(1, %(messages)s::bigint) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM chat WHERE account_id = %(a)s::bigint) c
  ON c.place = CASE WHEN n %% 40 = 0 THEN 0 ELSE (n * 7919) %% %(chats)s::bigint END
"""
LAST_MESSAGE = """
UPDATE chat SET last_at = m.at, last_message_id = m.id, last_preview = m.body, last_direction = m.direction,
  last_state = m.state, unread = CASE WHEN m.direction = 'in' AND chat.id %% 9 = 0 THEN 2 ELSE 0 END,
  waiting_since = CASE WHEN m.direction = 'in' AND chat.id %% 9 = 0 THEN m.at END
FROM (SELECT DISTINCT ON (chat_id) chat_id, id, at, body, direction, state FROM message
      WHERE account_id = %(a)s::bigint ORDER BY chat_id, at DESC, id DESC) m
WHERE chat.account_id = %(a)s::bigint AND chat.id = m.chat_id
"""
STEPS = (
    ("pipelines", PIPELINES), ("stages", STAGES), ("tags", TAGS), ("contacts", CONTACTS), ("identities", IDENTITIES),
    ("leads", LEADS), ("taggings", TAGGINGS), ("device", DEVICE), ("chats", CHATS), ("messages", MESSAGES),
    ("last message", LAST_MESSAGE),
)  # fmt: skip
