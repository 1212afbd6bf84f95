"""What people say: short scenes between a customer and Andina Norte, with more than one way to say each thing.

A line is "c:" (customer) or "s:" (seller) and alternatives split by "|"; {first}, {product}, {qty}, {price}, {city}
and {seller} are filled in. "@image", "@voice", "@document", "@sticker" and "@location" make a message of that kind;
">" answers the line before with a quote; a trailing "+👍" is the other side's reaction.
"""

from __future__ import annotations

SCENES: tuple[tuple[str, ...], ...] = (
    (
        "c:Hola, buenas tardes 👋|Buenos días|Hola! vi su anuncio en Facebook|Buenas, ¿están atendiendo?",
        "c:Quisiera información de {product}|¿Tienen {product} en stock?|Precio de {product} por favor",
        "s:¡Hola {first}! Gracias por escribirnos. Sí tenemos {product} 🙌|Hola {first}, claro que sí. Soy {seller}, le ayudo",
        "s:¿Para cuántas unidades sería?|¿Qué cantidad necesita y para qué ciudad?",
        "c:Serían {qty} docenas, para {city}|Unas {qty} docenas más o menos|{qty} docenas, si el precio acompaña 😅",
        "s:Perfecto. Por {qty} docenas le queda en *S/ {price}* con IGV incluido.+👍|El total sería *S/ {price}*, ya con IGV y bordado.",
        "c:¿Y eso incluye el envío?|Ok, ¿hacen descuento por pago al contado?|Déjeme consultarlo con mi socio y le aviso",
        "s:>El envío a {city} va por nuestra cuenta desde 5 docenas 🚚|>Al contado le hago un 5 % adicional",
        "c:Excelente, gracias 🙏|Buenazo 👌|Me parece bien, le confirmo mañana",
    ),
    (
        "c:Hola {seller}, ¿cómo va mi pedido?|Buen día, quería saber el estado de mi pedido|Señorita, ¿ya salió mi encomienda?",
        "s:Hola {first}, déjeme revisar un momento 🔎|Buen día {first}, ya le confirmo",
        "s:@document guia-{qty}4417.pdf",
        "s:Salió ayer por Shalom, llega a {city} entre mañana y pasado.|Ya está en camino a {city}, le adjunto la guía 📦",
        "c:>Perfecto, muchas gracias|Ya la recibí, todo conforme ✅+❤️|Uy qué rápido, gracias!!",
        "c:@image Llegó todo en buen estado 😊",
        "s:¡Qué gusto! Quedamos atentos a su próximo pedido 🙌+👍",
    ),
    (
        "s:Hola {first}, le saluda {seller} de Andina Norte. ¿Pudo revisar la propuesta?|{first}, buenas tardes. ¿Alguna novedad con la cotización?",
        "c:Hola, sí la vi pero me parece un poco alto|Hola, estuve de viaje, la reviso hoy|Sí, pero tengo otra cotización de S/ {price}",
        "s:Entiendo. ¿Qué le parece si ajustamos a {qty} docenas y le respeto el precio por mayor?|Podemos llegar a *S/ {price}* si cerramos esta semana",
        "c:@voice 6",
        "s:De acuerdo, le preparo la proforma con esos cambios ✍️|Claro, se la envío en unos minutos",
        "s:@document proforma-andina-{qty}.pdf",
        "c:Recibido 👍|Ok, la veo y le digo|Gracias {seller}, usted siempre tan amable",
    ),
    (
        "c:¿Dónde queda su tienda?|Quiero ver las telas antes de comprar, ¿tienen tienda física?",
        "s:Estamos en Gamarra, Jr. Antonio Bazo 742, stand 310 📍|Sí, atendemos de lunes a sábado de 9 a 7 en Gamarra",
        "s:@location Andina Norte, Gamarra, La Victoria",
        "c:¿El sábado hasta qué hora atienden?|Estoy por ahí mañana, ¿puedo pasar a las 11?",
        "s:>Hasta las 6 pm, la esperamos 😊|>Sí, a las 11 perfecto. Pregunte por {seller}",
        "c:@sticker",
    ),
    (
        "c:Necesito {product} con el logo de mi empresa|¿Hacen bordado con logo? Son {product} para mi personal",
        "s:Sí, el bordado está incluido desde 2 docenas. ¿Me envía el logo en buena calidad?",
        "c:@image Este es el logo",
        "s:Recibido ✅ El diseñador le prepara la muestra digital hoy mismo.+🙏",
        "s:@image Muestra digital, ¿qué le parece?",
        "c:Está lindo!! 😍 ¿se puede un poco más grande?|Me gusta, pero el azul más oscuro por favor",
        "s:>Claro, ajustamos y le envío la versión final|>Sin problema, mañana temprano se la paso",
        "c:Tallas: 10 S, 20 M, 15 L y 5 XL|Ok, espero entonces 🙌",
        "s:Anotado. Con el 50 % de adelanto empezamos el lunes.\nBCP soles: ```193-4455667-0-12```",
        "c:@image Constancia de depósito",
        "s:¡Confirmado! 🎉 Entregamos en 7 días útiles.+👍",
    ),
    (
        "c:Buenas, el pedido llegó con 2 prendas falladas 😕|Hola, me faltó una docena en la caja",
        "c:@image",
        "s:Lamentamos mucho lo ocurrido, {first}. Hoy mismo lo resolvemos.|Disculpe {first}, reviso con almacén y le respondo en 10 minutos",
        "s:Le enviamos la reposición mañana sin costo, ¿la misma dirección?",
        "c:Sí, la misma. Gracias por la rapidez|Sí por favor, lo necesito antes del viernes",
        "s:Listo, sale mañana a primera hora 🚚+🙏",
    ),
    (
        "c:¿Trabajan con factura?|¿Me pueden emitir factura? RUC 20{qty}8812345",
        "s:Sí, factura electrónica. ¿Me confirma razón social y RUC?",
        "c:Se lo envío por correo|Es la misma de la vez pasada",
        "s:Perfecto {first}, se la mando hoy al correo registrado 📧",
        "c:Ok ok|Gracias 🙏|👍",
    ),
    (
        "s:{first}, ya llegó la nueva colección de {product} ❄️ ¿Le envío el catálogo?|Hola {first}, esta semana *15 %* en {product} para clientes frecuentes",
        "c:Sí por favor|A ver, mándemelo|¿Precios por docena?",
        "s:@document catalogo-invierno.pdf",
        "c:Está bonito, el modelo de la página 4 me interesa|¿Tienen en talla XL?",
        "s:>Sí, en todas las tallas. ¿Le separo {qty} docenas?",
        "c:Sepáreme {qty} por favor, el viernes deposito+❤️|Déjeme ver cómo va la semana y le escribo",
    ),
)

WAITING = (
    "¿Me podría confirmar el precio por {qty} docenas?", "Hola, ¿sigue en pie la promoción de {product}?",
    "¿A qué hora llega el pedido a {city}?", "Ya hice el depósito, ¿lo ve reflejado?", "¿Hay stock de {product} en talla M?",
    "Necesito cerrar esto hoy, ¿me ayuda?", "¿Puede llamarme cuando tenga un momento? 📞", "Hola?? 😅",
    "¿Ya salió mi encomienda a {city}?", "Quiero aumentar {qty} docenas al pedido", "¿Me reenvía la proforma, por favor?",
    "Mi socio aceptó. ¿Cómo procedemos con el pago?", "¿Tienen otro color de {product}?",
)  # fmt: skip

OPENINGS = (
    "Hola, ¿tienen {product} disponibles?", "Buenas, ¿me pasa el precio de {qty} docenas de {product}?",
    "¿Hacen envíos a {city}? 🚚", "Una consulta: ¿el bordado tiene costo aparte?", "¿Ya tienen el catálogo nuevo?",
    "Quisiera repetir el pedido de la vez pasada 🙌", "¿Aceptan Yape o Plin?", "¿Cuánto demora un pedido de {qty} docenas?",
    "Hola, me recomendaron con ustedes. Busco {product}", "¿Me puede enviar la cotización al correo?",
    "Necesito {qty} docenas para fin de mes, ¿llegan?", "¿Tienen tallas grandes en {product}?",
    "¿Atienden los sábados?", "Buen día, ¿me envía fotos de {product}?", "¿Qué colores tienen en {product}?",
    "Quiero regalar {product} a mi equipo, somos {qty}0 personas", "¿Dan crédito a 30 días a empresas?",
    "Mi pedido llegó completo, muchas gracias 🙏", "¿Puedo recoger hoy por Gamarra?", "¿Cuál es el mínimo por modelo?",
    "Hola, soy de {city}. ¿Tienen distribuidor aquí?", "¿Trabajan con orden de compra?", "¿Me separa {qty} docenas hasta el viernes?",
    "¿El logo puede ir en la espalda?", "Vi {product} en su página, ¿siguen disponibles?", "¿Me ayuda con una factura del mes pasado?",
)  # fmt: skip

ANSWERS: dict[str, list[str]] = {
    "precio": [
        "¿Ese precio ya es con IGV?",
        "Un poquito alto… ¿qué descuento me hace? 😅",
        "Me parece bien, lo tomo",
    ],
    "S/": [
        "Ok, ¿a qué cuenta deposito?",
        "¿Y por el doble de cantidad cuánto quedaría?",
        "Perfecto, confirmado 👌",
    ],
    "envío": ["Genial, ¿por qué agencia?", "¿Y demora mucho a {city}?", "Buenísimo 🚚"],
    "catálogo": ["Gracias, lo reviso y le digo", "El modelo de la página 3 está lindo 😍"],
    "cuenta": ["Listo, deposito en un rato 🙏", "¿Puede ser por Yape?"],
    "hola": ["Hola! gracias por responder 🙌", "Buenas 👋 quería una cotización"],
    "?": ["Sí, correcto", "Serían {qty} docenas", "Déjeme confirmarlo y le aviso", "Para {city}, por favor"],
    "": [
        "Perfecto, gracias 🙏",
        "Ok 👍",
        "Muchas gracias por la atención",
        "Entiendo, le confirmo en la tarde",
        "Excelente 🙌",
    ],
}
