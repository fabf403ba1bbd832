"""Answer keys: the right answer of each item of a variant."""

import dataframely as dy

from jobs.feeds.contract import ANSWER, CHOICE, CODE, WHOLE, Feed, column
from jobs.feeds.vocabulary import STAGES


class Keys(dy.Schema):
    """One item of one variant."""

    stage = dy.Enum(
        list(STAGES), **column(CHOICE, "stage of the contest", "кезең", "этап", "stage", choices=STAGES)
    )
    variant = dy.String(**column(CODE, "variant of the test", "нұсқа", "вариант", "variant"))
    item = dy.Int64(min=1, max=999, **column(WHOLE, "number of the item in the variant", "сұрақ", "тапсырма",
                                             "вопрос", "задание", "item"))  # fmt: skip
    key = dy.String(
        regex=r"^[^.]$",  # max_length counts bytes, and a Cyrillic letter has two; a dot is a blank
        **column(ANSWER, "the right answer, one character", "дұрыс жауап", "кілт", "правильный ответ", "ключ", "key",
                 whys={"regex": "is not one character; write the letter or digit of the right answer"}),
    )  # fmt: skip
    item_id = dy.String(
        nullable=True,
        **column(CODE, "the item's id over all variants", "тапсырма коды", "код задания", "item id"),
    )
    options = dy.String(
        nullable=True, regex=r"^[\p{L}\p{Nd}]{1,14}$",
        **column(
            ANSWER, "the canonical letters behind this variant's A, B, C … in order: CABD where its A shows C",
            "жауаптар реті", "жауап нұсқаларының реті", "порядок ответов", "порядок вариантов ответа", sample="CABD",
            whys={"regex": "is not the canonical letters behind A, B, C … in order, such as CABD"},
        ),
    )  # fmt: skip


FEED = Feed(
    name="keys",
    schema=Keys,
    key=("stage", "variant", "item"),
    recognised_by=frozenset({"variant", "item", "key"}),
    versioned_by_name=True,
)
