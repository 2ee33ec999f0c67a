"""What a job title says: how high somebody stands, where they work, what they decide about."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

WORD: Final = re.compile(r"[^\W_]+(?:&[^\W_]+)?")


class Seniority(StrEnum):
    EXECUTIVE = "executive"
    MANAGER = "manager"
    IC = "ic"
    """Who leads nobody."""


class Department(StrEnum):
    ENGINEERING = "engineering"
    IT = "it"
    SECURITY = "security"
    DATA = "data"
    PRODUCT = "product"
    FINANCE = "finance"
    SALES = "sales"
    MARKETING = "marketing"
    OPERATIONS = "operations"
    PEOPLE = "people"
    LEGAL = "legal"
    PURCHASING = "purchasing"
    SUPPORT = "support"
    MANAGEMENT = "management"
    """Of the whole company."""


class BuyingRole(StrEnum):
    DECISION_MAKER = "decision_maker"
    INFLUENCER = "influencer"
    CHAMPION = "champion"
    EVALUATOR = "evaluator"
    UNKNOWN = "unknown"


TECHNICAL: Final = frozenset(
    {Department.ENGINEERING, Department.IT, Department.SECURITY, Department.DATA}
)

NOT_THE_BOSS: Final = (
    "assistant",
    "secretary",
    "intern",
    "account executive",
    "account manager",
    "chief of staff",
)
"""Words of titles that hold a high word and lead nobody; asked first."""
EXECUTIVES: Final = (
    "ceo",
    "cto",
    "cfo",
    "coo",
    "cio",
    "ciso",
    "cmo",
    "cro",
    "cpo",
    "cdo",
    "chro",
    "chief",
    "vp",
    "svp",
    "evp",
    "avp",
    "vice president",
    "president",
    "founder",
    "cofounder",
    "owner",
    "proprietor",
    "head",
    "managing director",
    "general manager",
    "executive director",
    "geschäftsführer",
    "geschäftsführerin",
    "vorstand",
    "directeur général",
    "directrice générale",
    "director general",
    "directora general",
)
MANAGERS: Final = (
    "director",
    "manager",
    "lead",
    "leader",
    "supervisor",
    "controller",
    "principal",
    "leiter",
    "leiterin",
    "directeur",
    "directrice",
    "directora",
    "responsable",
    "jefe",
    "jefa",
)
DEPARTMENTS: Final[Mapping[Department, tuple[str, ...]]] = {
    Department.FINANCE: (
        "finance", "financial", "cfo", "accounting", "accountant", "accounts payable",
        "controller", "controlling", "treasurer", "treasury", "finanzen", "finances", "finanzas",
    ),
    Department.SECURITY: ("ciso", "security", "infosec"),
    Department.IT: (
        "it", "information technology", "cio", "information officer", "systems administrator",
        "infrastructure", "sysadmin", "network", "networks", "informatique", "informática",
    ),
    Department.DATA: ("data", "analytics", "cdo", "machine learning", "ai"),
    Department.PRODUCT: ("product", "cpo"),
    Department.ENGINEERING: (
        "engineering", "engineer", "developer", "development", "software", "devops", "cto",
        "technology", "technical", "architect", "architecture", "r&d", "research", "platform",
        "entwicklung", "technik", "ingénierie", "ingeniería",
    ),
    Department.MARKETING: ("marketing", "cmo", "brand", "growth", "demand", "communications"),
    Department.SALES: (
        "sales", "cro", "revenue", "commercial", "account executive", "account manager",
        "business development", "vertrieb", "ventes", "ventas",
    ),
    Department.SUPPORT: ("support", "customer success", "customer service", "service desk"),
    Department.PEOPLE: (
        "hr", "chro", "human resources", "people", "talent", "recruiting", "recruiter", "personal",
    ),
    Department.LEGAL: ("legal", "counsel", "compliance", "lawyer", "privacy"),
    Department.PURCHASING: ("procurement", "purchasing", "buyer", "sourcing", "einkauf", "achats"),
    Department.OPERATIONS: (
        "operations", "coo", "logistics", "supply chain", "supply", "facilities", "plant",
    ),
    Department.MANAGEMENT: (
        "ceo", "founder", "cofounder", "owner", "proprietor", "president", "managing director",
        "general manager", "executive officer", "geschäftsführer", "geschäftsführerin", "vorstand",
        "directeur général", "directrice générale", "director general", "directora general",
    ),
}  # fmt: skip
"""Words of titles, asked in this order: "VP Finance Systems" is of finance."""


def words_of(title: str) -> str:
    """The words of a title between blanks, for whole words to be found in."""
    joined = title.casefold().replace("co-founder", "cofounder").replace("vice-", "vice ")
    return f" {' '.join(WORD.findall(joined))} "


def has_any(title: str, wanted: tuple[str, ...]) -> bool:
    """Whether one of these stands in the title as whole words."""
    words = words_of(title)
    return any(words_of(one) in words for one in wanted)


def seniority_of(title: str) -> Seniority | None:
    """None where there is no title."""
    if not title.strip():
        return None
    if has_any(title, NOT_THE_BOSS):
        return Seniority.IC
    if has_any(title, EXECUTIVES):
        return Seniority.EXECUTIVE
    return Seniority.MANAGER if has_any(title, MANAGERS) else Seniority.IC


def department_of(title: str) -> Department | None:
    """None where the title does not say."""
    # A vice president is of a department; a president of the whole company.
    plain = words_of(title).replace(" vice president ", " vp ")
    return next((one for one, words in DEPARTMENTS.items() if has_any(plain, words)), None)


def buying_role(seniority: Seniority | None, department: Department | None) -> BuyingRole:
    """What part somebody has in a purchase, by default. Finance comes before executives."""
    if seniority in (None, Seniority.IC):
        return BuyingRole.UNKNOWN
    if department is Department.FINANCE:
        return BuyingRole.INFLUENCER
    if seniority is Seniority.EXECUTIVE:
        return BuyingRole.DECISION_MAKER
    return BuyingRole.EVALUATOR if department in TECHNICAL else BuyingRole.UNKNOWN


SENIORITY_WORDS: Final[Mapping[Seniority, str]] = {
    Seniority.EXECUTIVE: "Executive",
    Seniority.MANAGER: "Manager",
    Seniority.IC: "Individual contributor",
}


def department_words(department: Department) -> str:
    return "IT" if department is Department.IT else department.value.capitalize()


POWER: Final = (
    BuyingRole.DECISION_MAKER,
    BuyingRole.INFLUENCER,
    BuyingRole.CHAMPION,
    BuyingRole.EVALUATOR,
    BuyingRole.UNKNOWN,
)
"""The order in which a buying committee is listed."""


def in_words(role: BuyingRole, department: Department | None) -> str:
    """A role as people say it, with what it is about."""
    match role:
        case BuyingRole.DECISION_MAKER:
            return "Decision maker"
        case BuyingRole.INFLUENCER:
            return "Influencer (budget)" if department is Department.FINANCE else "Influencer"
        case BuyingRole.CHAMPION:
            return "Champion"
        case BuyingRole.EVALUATOR:
            return "Technical evaluator" if department in TECHNICAL else "Evaluator"
        case BuyingRole.UNKNOWN:
            return "Role unknown"
