"""Domains that say nothing of a company: anybody has a mailbox there, or nobody has.

The second are the three that stand in examples (RFC 2606).
"""

from typing import Final

_DOMAINS: Final = """
    126.com 163.com aim.com aol.com aol.de arcor.de att.net bell.net bellsouth.net bigpond.com
    bluewin.ch bol.com.br btinternet.com centurylink.net charter.net comcast.net cox.net
    duck.com earthlink.net email.com fastmail.com fastmail.fm foxmail.com free.fr freenet.de
    frontier.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hushmail.com
    icloud.com inbox.com inbox.ru interia.pl juno.com kpnmail.nl laposte.net libero.it
    list.ru live.co.uk live.com live.de live.fr live.nl mac.com mail.com mail.de mail.ru
    mailbox.org me.com msn.com naver.com ntlworld.com o2.pl onet.pl optonline.net
    optusnet.com.au orange.fr outlook.com outlook.de outlook.es outlook.fr pm.me posteo.de
    proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com
    rogers.com sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be sohu.com
    t-online.de talktalk.net telenet.be telia.com terra.com.br tiscali.it tuta.com
    tuta.io tutanota.com uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr web.de
    windstream.net wp.pl xs4all.nl yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com
    yahoo.com.au yahoo.com.br yahoo.com.mx yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com
    yandex.ru ymail.com zoho.com example.com example.net example.org
"""
FREE_MAIL: Final = frozenset(_DOMAINS.split())
