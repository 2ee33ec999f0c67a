"""How do people ask to be left alone in the other languages that agents speak?

Folded as `outreach.opt_out` folds: lower case, no accents, apostrophes or punctuation. Only
requests that are final, such as "no more" or "never"; "not now" is in none of them.
"""

import re
from typing import Final

SPANISH: Final = (
    r"\bno (?:me |nos )?(?:llam|escrib|contact|molest|mand|envi)\w+(?: \w+){0,4}? (?:mas|nunca)\b",
    r"\bno (?:me|nos) (?:llamen|llames|contacten|contactes|molesten|molestes)$",
    r"\bno quiero (?:que (?:me|nos) (?:llam|contact|escrib)\w+|"
    r"(?:recibir )?mas (?:llamadas|mensajes))",
    r"\bdej(?:a|e|en) de (?:llamar|escribir|molestar|mandar|enviar)",
    r"\b(?:deme|denme|dame|darme) de baja\b",
    r"\bborr(?:a|e|en) mi (?:numero|telefono)\b",
)
PORTUGUESE: Final = (
    r"\bnao (?:me |nos )?(?:lig|contat|mand|envi|perturb|incomod)\w+"
    r"(?: \w+){0,4}? (?:mais|nunca)\b",
    r"\bnao quero (?:mais )?(?:receber )?(?:mais )?(?:ligacoes|chamadas|mensagens)\b",
    r"\bparem? de (?:me |nos )?(?:ligar|mandar|enviar|incomodar|perturbar)",
    r"\b(?:tire|tirem|remova|apague) (?:o )?meu (?:numero|contato|nome)\b",
)
FRENCH: Final = (
    r"\bne (?:me |nous |m)?(?:appel|rappel|contact|ecriv|derang|telephon|envoy)\w+ "
    r"(?:\w+ )?(?:plus|jamais)\b",
    r"\b(?:arrete|arretez|arreter|cessez) de (?:me |nous |m)?"
    r"(?:appeler|contacter|ecrire|deranger|envoyer|harceler)",
    r"\bplus (?:aucun|jamais d)\w* ?(?:appel|message)s?\b",
    r"\b(?:retirez|supprimez|enlevez|effacez) (?:moi de|mon (?:numero|nom)|"
    r"mes (?:donnees|coordonnees))",
)
GERMAN: Final = (
    r"\b(?:ruf|rufe|rufen|ruft|schreib|schreiben|kontaktieren) (?:sie |du )?"
    r"(?:mich |mir |uns |hier |bitte )*(?:nie|niemals|nicht) (?:mehr|wieder|noch ?mal)\b",
    r"\b(?:nie|niemals|nicht) (?:mehr|wieder) "
    r"(?:angerufen|anrufen|anzurufen|kontaktier\w*|belastig\w*)",
    r"\bkeine (?:weiteren |mehr )?(?:anrufe|nachrichten|werbung)\b(?: mehr)?",
    r"\b(?:loschen|streichen|entfernen|nehmen) sie (?:mich|meine (?:\w*nummer|daten))\b",
    r"\blass(?:en sie|t)? (?:mich|uns) in ruhe\b",
)
ITALIAN: Final = (
    r"\bnon (?:mi |ci )?(?:chiam|richiam|contatt|scriv|disturb|mand)\w+ (?:mai )?piu\b",
    r"\bsmett\w+ di (?:chiam|scriv|contatt|disturb|mand)",
    r"\b(?:cancell|tog|rimuov)\w*mi dal",
)
DUTCH: Final = (
    r"\b(?:bel|belt|bellen|app|appen|contacteer|schrijf) (?:\w+ ){0,2}(?:niet|nooit) meer\b",
    r"\b(?:niet|nooit) meer (?:bellen|appen|contacteren|gebeld|benaderd)",
    r"\bstop met (?:bellen|appen|sturen)",
    r"\bgeen (?:telefoontjes|berichten|oproepen) meer\b",
)

REQUESTS: Final = tuple(
    re.compile(pattern)
    for language in (SPANISH, PORTUGUESE, FRENCH, GERMAN, ITALIAN, DUTCH)
    for pattern in language
)
