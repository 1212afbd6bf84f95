"""Andina Norte: who works there, how it sells and what it calls things."""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT = "Andina Norte"


@dataclass(frozen=True, slots=True)
class Seller:
    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Funnel:
    """Open stages in order; won and lost follow. `weights` say how many leads stand in each, won and lost last."""

    name: str
    stages: tuple[str, ...]
    weights: tuple[int, ...]


SELLERS = (
    Seller("Lucía Méndez", "lucia@andinanorte.pe", "owner"),
    Seller("Raúl Paredes", "raul@andinanorte.pe", "manager"),
    Seller("Carmen Huanca", "carmen@andinanorte.pe", "agent"),
)
FUNNELS = (
    Funnel("Ventas Lima", ("Nuevo", "Contactado", "Propuesta", "Negociación"), (9, 7, 5, 3, 6, 5)),
    Funnel(
        "Mayoristas y provincias", ("Por calificar", "Muestra enviada", "Pedido en firme"), (7, 5, 3, 4, 3)
    ),
)
INCOMING, WON, LOST = "Leads entrantes", "Ganado", "Perdido"
TAGS = ("mayorista", "Lima", "provincia", "uniformes", "alpaca", "feria", "recompra", "urgente", "referido")
LOST_REASONS = ("Precio", "Eligió a otro", "Sin stock", "No responde", "Compra aplazada")

PRODUCTS = (
    "chompas de alpaca", "casacas térmicas", "uniformes corporativos", "polos bordados", "mochilas outdoor",
    "chalecos de seguridad", "mantas de alpaca", "gorros y guantes", "ponchos impermeables", "bolsas ecológicas",
)  # fmt: skip
CITIES = (
    "Lima",
    "Arequipa",
    "Cusco",
    "Trujillo",
    "Piura",
    "Huancayo",
    "Chiclayo",
    "Puno",
    "Tacna",
    "Cajamarca",
)
COMPANIES = (
    "Bodegas del Sur", "Hotel Mirador", "Minera Santa Rosa", "Colegio San Marcos", "Tienda Killa", "Inca Trek",
    "Agro Valle", "Clínica Los Olivos", "Ferretería Rojas", "Café Qosqo", "Textiles Wari", "Logística Pacífico",
    "Panadería La Espiga", "Gimnasio Titán", "Turismo Colca", "Constructora Andes",
)  # fmt: skip
QUICK_REPLIES = {
    "hola": "¡Hola! Gracias por escribir a Andina Norte 🏔️ ¿En qué le ayudamos?",
    "cuenta": "BCP soles 193-4455667-0-12, Andina Norte S.A.C. Al depositar, envíenos la constancia por aquí 🙏",
    "envio": "Enviamos a todo el Perú por Shalom u Olva. Lima: 24 h. Provincias: 2 a 4 días.",
    "catalogo": "Aquí está nuestro catálogo con precios por docena. ¿Qué cantidad necesita?",
}
TASKS = (
    "Llamar para confirmar tallas", "Enviar proforma", "Preguntar por el depósito", "Enviar muestra de tela",
    "Coordinar recojo en tienda", "Hacer seguimiento de la cotización", "Enviar guía de remisión", "Ofrecer recompra",
)  # fmt: skip
NOTES = (
    "Compra cada temporada, cuidar el precio.", "Pide siempre factura.", "Prefiere que le escriban por la tarde.",
    "Tiene otra cotización; podemos bajar hasta 8 %.", "Decide su socio, insistir el lunes.",
)  # fmt: skip
DEVICES = (("Ventas", "+51987654321"), ("Mayoristas", "+51944321870"))
