"""What Presidio's pattern recognisers find, for `cargo xtask bench screen`: presidio.py TEXTS PASSES

TEXTS holds a JSON document a line: {"text", "timed"}. One JSON document is printed: what was found in every text, as [kind, start, end] in
characters, and the seconds that each of PASSES took over the timed ones. The recognisers are used directly: a model of a language, which the
analyser would load, adds names and places, and words around a pattern that raise its score; no pattern is lost without it.
"""

import json
import logging
import sys
import time
from importlib.metadata import version

from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    DateRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
    UsSsnRecognizer,
)

logging.disable(logging.WARNING)

RECOGNISERS = [
    (EmailRecognizer(), "EMAIL_ADDRESS", "email"),
    (PhoneRecognizer(), "PHONE_NUMBER", "telephone"),
    (CreditCardRecognizer(), "CREDIT_CARD", "payment_card"),
    (IbanRecognizer(), "IBAN_CODE", "iban"),
    (UsSsnRecognizer(), "US_SSN", "national_id"),
    (UrlRecognizer(), "URL", "personal_link"),
    (DateRecognizer(), "DATE_TIME", "birth_date"),
]


def found(text):
    return [
        [kind, hit.start, hit.end]
        for recogniser, entity, kind in RECOGNISERS
        for hit in recogniser.analyze(text, [entity], None) or []
    ]


with open(sys.argv[1], encoding="utf-8") as lines:
    texts = [json.loads(line) for line in lines]
hits = [found(one["text"]) for one in texts]
timed = [one["text"] for one in texts if one["timed"]]
seconds = []
for _ in range(int(sys.argv[2])):
    begun = time.process_time()
    for text in timed:
        found(text)
    seconds.append(time.process_time() - begun)
kinds = [kind for _, _, kind in RECOGNISERS]
print(json.dumps({"name": "Presidio, patterns", "version": version("presidio-analyzer"), "unit": "characters", "kinds": kinds, "hits": hits, "seconds": seconds}))
