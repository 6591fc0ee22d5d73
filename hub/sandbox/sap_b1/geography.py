"""Countries and states the company knows, by ISO 3166 codes. States are defined for a few countries only."""

from __future__ import annotations

_COUNTRIES = """
AE United Arab Emirates|AL Albania|AR Argentina|AT Austria|AU Australia|BA Bosnia and Herzegovina|BE Belgium
BG Bulgaria|BH Bahrain|BR Brazil|CA Canada|CH Switzerland|CL Chile|CN China|CO Colombia|CY Cyprus|CZ Czechia|DE Germany
DK Denmark|EE Estonia|EG Egypt|ES Spain|FI Finland|FR France|GB United Kingdom|GE Georgia|GG Guernsey|GR Greece
HK Hong Kong|HR Croatia|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IM Isle of Man|IN India|IS Iceland|IT Italy
JE Jersey|JO Jordan|JP Japan|KR South Korea|KW Kuwait|LB Lebanon|LI Liechtenstein|LT Lithuania|LU Luxembourg|LV Latvia
MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MK North Macedonia|MT Malta|MX Mexico|MY Malaysia|NG Nigeria
NL Netherlands|NO Norway|NZ New Zealand|OM Oman|PE Peru|PH Philippines|PK Pakistan|PL Poland|PT Portugal|QA Qatar
RO Romania|RS Serbia|SA Saudi Arabia|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|TH Thailand|TN Tunisia|TR Türkiye
TW Taiwan|UA Ukraine|US United States|UY Uruguay|VN Vietnam|ZA South Africa
"""
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_STATES = {
    "US": """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH
        OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY""",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "AU": "ACT NSW NT QLD SA TAS VIC WA",
    "IT": "AG AN AO AQ BA BG BO BS BZ CA CT FI GE LE MI MO NA PA PD PG PI PR RA RM SA SI TN TO TS UD VE VI VR",
    "BR": "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO",
    "IN": "AP AS BR DL GA GJ HR KA KL MH MP OR PB RJ TG TN UP WB",
}

#: Country code -> name.
COUNTRIES: dict[str, str] = {part[:2]: part[3:] for line in _COUNTRIES.strip().splitlines() for part in line.split("|")}
#: Members of the European Union.
EU = frozenset(_EU.split())
#: Country code -> codes of its states. Their names are their codes: nobody reads them here.
STATES: dict[str, tuple[str, ...]] = {country: tuple(codes.split()) for country, codes in _STATES.items()}

#: Currency code -> name; these have no minor unit.
WHOLE_CURRENCIES = {"JPY": "Yen", "KRW": "Won"}
#: All currencies but the company's own.
CURRENCIES = {
    "EUR": "Euro",
    "USD": "US Dollar",
    "GBP": "Pound Sterling",
    "CHF": "Swiss Franc",
    "CAD": "Canadian Dollar",
    "AUD": "Australian Dollar",
    "SEK": "Swedish Krona",
    "NOK": "Norwegian Krone",
    "DKK": "Danish Krone",
    "PLN": "Zloty",
    "CZK": "Czech Koruna",
    **WHOLE_CURRENCIES,
}
