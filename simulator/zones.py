"""Which time zones may a number be in? The witness's own table, kept apart from the product's."""

from zoneinfo import ZoneInfo

_EAST = "America/New_York"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_PACIFIC = "America/Los_Angeles"
_ARIZONA = "America/Phoenix"
_ATLANTIC = "America/Halifax"
_AUSTRALIA = ("Australia/Sydney", "Australia/Brisbane", "Australia/Adelaide", "Australia/Perth")

# North American area codes, in blocks per set of zones; unknown ones count as all of the mainland.
_AREA_CODES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        (_EAST,),
        "201 202 203 207 212 215 216 220 223 227 229 234 239 240 248 252 260 267 269 272 276"
        " 301 302 304 305 313 315 317 321 326 330 332 336 339 343 347 351 352 380 386 401 404"
        " 407 410 412 413 416 419 434 437 438 440 443 450 463 470 475 478 484 502 508 513 514"
        " 516 517 518 519 540 551 561 567 570 571 579 581 585 586 603 606 607 609 610 613 614"
        " 616 617 631 640 646 647 656 667 678 680 681 689 703 704 705 706 716 717 718 724 727"
        " 732 734 740 743 754 757 762 765 770 771 772 774 781 786 802 803 804 810 813 814 819"
        " 828 835 838 839 843 845 848 854 856 857 859 860 862 863 864 865 873 878 904 905 908"
        " 910 912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984 989 226 249"
        " 289 365 367 418 548 742 753",
    ),
    (
        (_CENTRAL,),
        "205 210 214 217 218 224 225 228 251 254 256 262 274 281 309 312 314 316 318 319 320"
        " 325 331 334 337 346 361 402 405 409 414 417 430 432 464 469 479 501 504 507 512 515"
        " 539 557 563 572 573 580 601 608 612 615 618 629 630 636 641 651 659 660 662 682 708"
        " 712 713 715 726 730 731 737 763 769 773 779 785 806 815 816 817 830 832 847 870 872"
        " 901 903 913 918 920 936 938 940 945 952 956 972 975 979 985 204 431",
    ),
    ((_MOUNTAIN,), "303 307 385 406 435 505 575 719 720 801 970 983 403 587 780 825"),
    (
        (_PACIFIC,),
        "206 209 213 253 279 310 323 341 350 360 408 415 424 425 442 503 509 510 530 559 562"
        " 564 619 626 628 650 657 661 669 702 707 714 725 747 760 775 805 818 820 831 840 858"
        " 909 916 925 949 951 971 236 250 604 672 778",
    ),
    ((_ARIZONA,), "480 520 602 623 928"),
    ((_ATLANTIC,), "506 782 902"),
    (("America/Regina",), "306 639"),
    (("America/Anchorage",), "907"),
    (("Pacific/Honolulu",), "808"),
    (("America/Puerto_Rico",), "787 939"),
    ((_EAST, _CENTRAL), "219 270 364 423 574 812 850 906 930 931"),
    ((_CENTRAL, _MOUNTAIN), "308 605 620 701 785 915"),
    ((_MOUNTAIN, _PACIFIC), "208 986 458 541"),
)

_COUNTRIES: dict[str, tuple[str, ...]] = {
    "+1": (_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC),
    "+31": ("Europe/Amsterdam",),
    "+32": ("Europe/Brussels",),
    "+33": ("Europe/Paris",),
    "+34": ("Europe/Madrid",),
    "+351": ("Europe/Lisbon",),
    "+353": ("Europe/Dublin",),
    "+39": ("Europe/Rome",),
    "+41": ("Europe/Zurich",),
    "+43": ("Europe/Vienna",),
    "+44": ("Europe/London",),
    "+45": ("Europe/Copenhagen",),
    "+46": ("Europe/Stockholm",),
    "+47": ("Europe/Oslo",),
    "+48": ("Europe/Warsaw",),
    "+49": ("Europe/Berlin",),
    "+61": _AUSTRALIA,
    "+612": ("Australia/Sydney",),
    "+613": ("Australia/Melbourne",),
    "+617": ("Australia/Brisbane",),
    "+618": ("Australia/Adelaide", "Australia/Perth"),
    "+64": ("Pacific/Auckland",),
    "+65": ("Asia/Singapore",),
    "+81": ("Asia/Tokyo",),
    "+91": ("Asia/Kolkata",),
    "+971": ("Asia/Dubai",),
}


def zones_of(number: str) -> tuple[ZoneInfo, ...]:
    """Every zone `number` (E.164) may be in, UTC when the table does not know its country."""
    if number.startswith("+1") and (names := _area(number[2:5])):
        return tuple(ZoneInfo(name) for name in names)
    known = max((code for code in _COUNTRIES if number.startswith(code)), key=len, default=None)
    return tuple(ZoneInfo(name) for name in (_COUNTRIES[known] if known else ("UTC",)))


def _area(code: str) -> tuple[str, ...]:
    found = [zones for zones, codes in _AREA_CODES if code in codes.split()]
    return tuple(dict.fromkeys(name for zones in found for name in zones))
