"""How do people ask to be left alone in the other languages that agents speak?

Folded as `outreach.opt_out` folds: lower case, no accents, apostrophes or punctuation. Each
language gives its words for a few shapes that are the same everywhere: no more contact, an end to
contact, no wish for it, off the list, left in peace, consent taken back. All of them are final;
"not now" is in none.
"""

import re
from typing import Final

_ES_CONTACT: Final = r"(?:llam|escrib|contact|molest|mand|envi)\w+"
_ES_NOUN: Final = r"(?:llamadas?|mensajes?|publicidad)"
SPANISH: Final = (
    rf"\bno (?:me |nos )?{_ES_CONTACT}(?: \w+){{0,4}}? (?:mas|nunca)\b",
    rf"\b(?:no|nunca) (?:me |nos )?(?:vuelv\w+) a {_ES_CONTACT}",
    r"\bno (?:me|nos) (?:llamen|llames|contacten|contactes|molesten|molestes)$",
    rf"\bno quiero (?:que (?:me|nos) {_ES_CONTACT}|(?:recibir )?mas {_ES_NOUN})",
    rf"\bya no quiero (?:recibir )?(?:\w+ )?(?:{_ES_NOUN}|que (?:me|nos) {_ES_CONTACT})",
    rf"\b(?:dej(?:a|e|en)|par(?:a|e|en)) de {_ES_CONTACT}",
    r"\b(?:deme|denme|dame|darme) de baja\b",
    r"\b(?:quit|sac|elimin|borr)\w+ (?:me )?de (?:su|la|tu|esta) lista\b",
    r"\b(?:borr(?:a|e|en)|elimin(?:a|e|en)) mi (?:numero|telefono|nombre)\b",
    r"\b(?:dejeme|dejenme|dejame|dejennos) en paz\b",
    r"\b(?:retiro|revoco) (?:mi|el) (?:consentimiento|permiso)\b",
)

_PT_CONTACT: Final = r"(?:lig|contat|contact|mand|envi|perturb|incomod|escrev)\w+"
_PT_NOUN: Final = r"(?:ligacoes|chamadas|mensagens|publicidade)"
PORTUGUESE: Final = (
    rf"\bnao (?:me |nos )?{_PT_CONTACT}(?: \w+){{0,4}}? (?:mais|nunca)\b",
    rf"\bnunca mais (?:me |nos )?{_PT_CONTACT}",
    rf"\bnao quero (?:mais )?(?:receber )?(?:mais )?{_PT_NOUN}\b",
    rf"\bnao quero (?:mais ser|ser mais) {_PT_CONTACT}",
    rf"\bparem? de (?:me |nos )?{_PT_CONTACT}",
    r"\b(?:tire|tirem|remova|removam|apague|apaguem) (?:o )?meu (?:numero|contato|nome)\b",
    r"\bme (?:tire|tirem|remova|removam) d(?:a|essa|esta|sua) (?:sua )?lista\b",
    r"\b(?:cancelar|cancele|cancelem) a (?:minha )?inscricao\b",
    r"\b(?:deixe|deixem) ?(?:me|nos) em paz\b",
    r"\b(?:retiro|revogo) (?:o )?(?:meu )?consentimento\b",
)

_FR_CONTACT: Final = r"(?:appel|rappel|contact|ecri|derang|telephon|envoy|harcel)\w+"
FRENCH: Final = (
    rf"\bne (?:me |nous |m)?{_FR_CONTACT} (?:\w+ )?(?:plus|jamais)\b",
    rf"\bne (?:veux|voulons|souhaite|souhaitons|desire) plus (?:\w+ ){{0,4}}?"
    rf"(?:etre {_FR_CONTACT}|recevoir|que vous)\b",
    rf"\b(?:arrete|arretez|arreter|cesse|cessez) de (?:me |nous |m)?{_FR_CONTACT}",
    r"\bplus (?:aucun|jamais d)\w* ?(?:appel|message)s?\b",
    r"\b(?:retirez|supprimez|enlevez|effacez|rayez) (?:moi de|mon (?:numero|nom)|"
    r"mes (?:donnees|coordonnees))",
    r"\bdesinscri\w+ (?:moi|nous)\b",
    r"\b(?:laissez|laisse|fichez) (?:moi|nous) (?:tranquilles?|en paix|la paix)\b",
    r"\b(?:retire|revoque) mon (?:consentement|accord)\b",
)

_DE_CONTACT: Final = r"(?:anruf\w*|anzurufen|schreiben|kontaktier\w*|belastig\w*|stor\w*)"
_DE_NOUN: Final = r"(?:anrufe|nachrichten|werbung)"
GERMAN: Final = (
    r"\b(?:ruf|rufe|rufen|ruft|schreib|schreiben|kontaktieren) (?:sie |du )?"
    r"(?:mich |mir |uns |hier |bitte )*(?:nie|niemals|nicht) (?:mehr|wieder|noch ?mal)\b",
    rf"\b(?:nie|niemals|nicht) (?:mehr|wieder) (?:angerufen|{_DE_CONTACT})",
    rf"\bkeine (?:weiteren |mehr ){_DE_NOUN}\b|\bkeine {_DE_NOUN} mehr\b",
    rf"^(?:bitte )?keine {_DE_NOUN}\b",
    rf"\b(?:will|wollen|mochte|mochten|wunsche) (?:\w+ )?keine {_DE_NOUN}$",
    r"\bhor(?:en sie|t|) auf (?:\w+ ){0,2}?(?:zu schreiben|zu nerven|zu storen|anzurufen|"
    r"zu kontaktieren|zu belastigen)",
    r"\b(?:loschen|streichen|entfernen|nehmen) sie (?:mich|uns|meine (?:\w*nummer|daten))\b",
    r"\bmeld(?:en sie|et|e) (?:mich|uns) (?:bitte )?ab\b",
    r"\blass(?:en sie|t)? (?:mich|uns) in (?:ruhe|frieden)\b",
    r"\b(?:widerrufe|widerrufen|entziehe) (?:\w+ )?(?:meine|unsere|die) "
    r"(?:einwilligung|zustimmung)\b",
)

_IT_CONTACT: Final = r"(?:chiam|richiam|contatt|scriv|disturb|mand)\w+"
_IT_NOUN: Final = r"(?:chiamate|messaggi|telefonate|pubblicita)"
ITALIAN: Final = (
    rf"\bnon (?:mi |ci )?{_IT_CONTACT} (?:mai )?piu\b",
    rf"\bnon vogli\w+ (?:essere piu|piu essere) {_IT_CONTACT}",
    rf"\bnon vogli\w+ (?:piu )?(?:ricevere )?(?:piu |altr[ei] ){_IT_NOUN}\b",
    rf"\b(?:smett\w+|finit\w+) di {_IT_CONTACT}",
    rf"\bbasta (?:con (?:le|i|queste|questi) )?{_IT_NOUN}\b",
    r"\b(?:cancell|tog|rimuov)\w*mi dal",
    r"\b(?:cancell|tog|rimuov)\w+ il mio (?:numero|nome)\b",
    r"\blasci\w*(?:mi|ci) in pace\b",
    r"\b(?:revoco|ritiro) il (?:mio )?consenso\b",
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
"""Whoever asks to be left alone is heard; whoever asks for another time is not silenced."""
