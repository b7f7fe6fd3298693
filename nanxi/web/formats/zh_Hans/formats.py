from nanxi.web.formats import DAYS

DATE_INPUT_FORMATS = DAYS
