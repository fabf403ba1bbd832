"""The words people write for the values of a choice, in Kazakh, Russian and English (compared casefolded)."""

LANGUAGES = {
    "kk": ("kk", "kaz", "қаз", "қазақ", "қазақша", "қазақ тілі", "каз", "казахский", "kazakh"),
    "ru": ("ru", "rus", "рус", "орыс", "орысша", "орыс тілі", "русский", "russian"),
}
LOCALITIES = {
    "rural": ("rural", "ауыл", "ауылдық", "село", "сельская", "сельский", "rural school"),
    "urban": ("urban", "қала", "қалалық", "город", "городская", "городской"),
}
SEXES = {
    "f": ("f", "female", "қыз", "әйел", "ж", "жен", "женский", "девочка"),
    "m": ("m", "male", "ұл", "ер", "м", "муж", "мужской", "мальчик"),
}
YES = ("1", "true", "yes", "иә", "ия", "да", "+")
NO = ("0", "false", "no", "жоқ", "нет", "-")
STAGES = {
    "stage-1": ("stage-1", "stage 1", "1", "i", "1-кезең", "i кезең", "i-кезең", "1 этап", "i этап"),
    "stage-2": ("stage-2", "stage 2", "2", "ii", "2-кезең", "ii кезең", "ii-кезең", "2 этап", "ii этап"),
    "stage-3": ("stage-3", "stage 3", "3", "iii", "3-кезең", "iii кезең", "iii-кезең", "3 этап", "iii этап"),
    "stage-4": ("stage-4", "stage 4", "4", "iv", "4-кезең", "iv кезең", "iv-кезең", "4 этап", "iv этап"),
}
