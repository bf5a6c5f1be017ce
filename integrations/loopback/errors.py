"""Discord's error answers: a status, a code and a message ("JSON Error Codes")."""

UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_GUILD = (404, 10004, "Unknown Guild")
UNKNOWN_MEMBER = (404, 10007, "Unknown Member")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_USER = (404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = (404, 10062, "Unknown interaction")
UNKNOWN_VOICE_STATE = (404, 10065, "Unknown Voice State")
ALREADY_ACKNOWLEDGED = (400, 40060, "Interaction has already been acknowledged.")
MISSING_ACCESS = (403, 50001, "Missing Access")
EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
INVALID_FORM = (400, 50035, "Invalid Form Body")
UNAUTHORIZED = (401, 0, "401: Unauthorized")
UNAVAILABLE = (503, 0, "503: Service Unavailable")


class DiscordError(Exception):
    """An answer other than success; one of the constants of this module."""

    def __init__(self, answer: tuple[int, int, str]) -> None:
        self.status, self.code, self.message = answer
        super().__init__(self.message)
