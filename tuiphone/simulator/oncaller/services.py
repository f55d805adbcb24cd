"""The numbers and words of OnCaller's wire: services, result codes and what their numbers say."""

from tuiphone.simulator.exchange import Outcome

PING, AUTHEN = 1, 2
CALL_START, SDP_CANDIDATE, CALL_STOP, SDP_CANDIDATE_PUSH, CALL_STOP_PUSH = 26, 27, 28, 29, 30
CALL_STATE, CALL_STATE_PUSH, CALL_START_PUSH, DTMF, INFO, INFO_PUSH, OTHER_DEVICE = 31, 32, 33, 34, 36, 37, 38
REGISTER_PUSH, UNREGISTER_PUSH, MESSAGE, MESSAGE_PUSH, HOLD, TRANSFER = 39, 40, 54, 55, 100, 101
TOPIC_PUSH, ATTRIBUTE, OTHER_DEVICE_AUTHEN, CHECK_CALL = 102, 103, 104, 205

REFUSED = -1
"""`r` of anything asked before the log-in, or asked wrongly."""
BAD_NUMBER = 10
"""`r` of a call whose numbers are missing or no text."""

MAKE_CALL_MESSAGES = {
    1: "ANSWER_URL_EMPTY",
    2: "ANSWER_URL_SCCO_INCORRECT_FORMAT",
    3: "TO_TYPE_IS_NOT_INTERNAL_OR_EXTERNAL",
    4: "FROM_NUMBER_NOT_FOUND",
    5: "FROM_NUMBER_NOT_BELONG_YOUR_ACCOUNT",
    6: "SIP_TRUNK_NOT_FOUND",
    7: "SIP_TRUNK_NOT_BELONG_YOUR_ACCOUNT",
    8: "NOT_ENOUGH_MONEY",
    9: "UNKNOWN_ERROR",
    10: "FROM_OR_TO_NUMBER_INVALID_FORMAT",
    11: "NOT_ALLOWED_BY_YOUR_SERVER",
    12: "TOO_MANY_CONCURRENT_CALLS",
    13: "WAITING_TEXT_TO_SPEECH",
    14: "TO_NUMBER_INVALID",
    15: "FROM_NUMBER_NOT_IN_YOUR_PROJECT",
    16: "CHAT_USER_NOT_ALLOWED",
    17: "CALL_OUT_NOT_ALLOWED",
    18: "REQUEST_ANSWER_URL_FAILED",
    19: "ACCOUNT_LOCKED",
}
REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    603: "Decline",
}
CODES = {Outcome.DONE: 0, Outcome.NO_CALL: 1, Outcome.OTHER_DEVICE: 2, Outcome.NOT_CALLEE: 3}
TRANSFER_CODES = {Outcome.DONE: 0, Outcome.NO_CALL: 1, Outcome.NO_TELEPHONE: 2, Outcome.NOT_CONNECTED: 3}
