"""Sign-in and presence, written by hand in Python: an example of a client that the test vectors of presence-machine check.

It knows two statuses, holds and retries; no idleness, no temporary statuses. It has no network and no clock of its own: it asks by
`commands`, tells by `notices`, and lives in the time that `advance` gives it. Nothing in here is made from the chart.
"""

# Of each failure: the result of a sign-in, the result of a change of status, and whether it is final.
REASONS = {
    "serverNotFound": ("MSGR_E_INVALID_SERVER_NAME", "MSGR_E_SERVER_UNAVAILABLE", False),
    "logonTimeout": ("MSGR_E_LOGON_TIMEOUT", "MSGR_E_SERVER_UNAVAILABLE", False),
    "invalidPassword": ("MSGR_E_INVALID_PASSWORD", "MSGR_E_UNEXPECTED", True),
    "tokenExpired": ("MSGR_E_INVALID_PASSWORD", "MSGR_E_UNEXPECTED", True),
    "serverTooBusy": ("MSGR_E_SERVER_TOO_BUSY", "MSGR_E_SERVER_TOO_BUSY", False),
    "networkOff": ("MSGR_E_CONNECT", "MSGR_E_SERVER_UNAVAILABLE", False),
    "asleep": ("MSGR_E_CONNECT", "MSGR_E_SERVER_UNAVAILABLE", False),
    "lineLost": ("MSGR_E_CONNECT", "MSGR_E_SERVER_UNAVAILABLE", False),
    "timedOut": ("MSGR_E_LOGON_TIMEOUT", "MSGR_E_UNEXPECTED", False),
    "signedInElsewhere": ("MSGR_E_UNEXPECTED", "MSGR_E_UNEXPECTED", True),
    "statusRejected": ("MSGR_E_UNEXPECTED", "MSGR_E_UNEXPECTED", False),
    "cancelled": ("MSGR_E_CANCEL", "MSGR_E_UNEXPECTED", False),
}
SHOWN = {
    "findingServer": "LOCAL_FINDING_SERVER",
    "connecting": "LOCAL_CONNECTING_TO_SERVER",
    "synchronizing": "LOCAL_SYNCHRONIZING_WITH_SERVER",
    "disconnecting": "LOCAL_DISCONNECTING_FROM_SERVER",
    "online": "ONLINE",
    "busy": "BUSY",
}
TIMERS = {
    "findingServer": "finding",
    "connecting": "logon",
    "synchronizing": "synchronizing",
    "waitingToRetry": "retry",
    "disconnecting": "signout",
}
ATTEMPT = ("findingServer", "connecting")
ONLINE = ("online", "busy")


class Client:
    def __init__(self, statuses, queue, limits):
        self.statuses, self.queue, self.limits = statuses, queue, limits
        self.commands, self.notices = [], []
        self.state, self.time, self.deadline = "signedOut", 0, None
        self.network = self.awake = True
        self.again = self.renewed = False
        self.wished, self.changed = "ONLINE", False
        self.offered = None  # by the sign-in, while synchronizing
        self.asked = []  # by the user, oldest first: that one is at the server

    # What an app calls.

    def signin(self, again=False, status=None):
        if self.state == "signedOut":
            self.again, self.wished, self.changed = again, status or self.wished, False
            if self.network and self.awake:
                self._find()
            else:
                self._hold("networkOff" if not self.network else "asleep")
            return "S_OK"
        if self.state in ONLINE:
            return "MSGR_E_ALREADY_LOGGED_ON"
        if self.state == "disconnecting":
            return "E_FAIL"
        self._wish(status)
        if self.state == "waitingToRetry":
            self._find()
        elif self.state == "held":
            self._hold("networkOff" if not self.network else "asleep")
        else:
            return "S_FALSE"
        return "S_OK"

    def signout(self):
        if self.state in ("signedOut", "disconnecting"):
            return "MSGR_E_NOT_LOGGED_ON"
        if self.state in ATTEMPT:
            self._fail("cancelled", over=True)
        elif self.state in ("waitingToRetry", "held"):
            self._rest("userRequest")
        else:
            self._end_session("userRequest")
            self._notice("OnSignout", reason="userRequest")
            self._enter("disconnecting", "userRequest")
            self._command("link.close")
        return "S_OK"

    def set_status(self, status):
        if status not in self.statuses:
            return "E_INVALIDARG"
        if self.state in ("signedOut", "disconnecting"):
            return "MSGR_E_NOT_LOGGED_ON"
        if self.state not in ONLINE:
            self._wish(status)
            return "S_FALSE"
        if len(self.asked) > self.queue:
            return "MSGR_E_SERVER_TOO_BUSY"
        self.asked.append(status)
        if len(self.asked) == 1:
            self._publish_asked()
        return "S_OK"

    # What an app knows of its surroundings.

    def surroundings(self, network=None, awake=None):
        lost = "networkOff" if network is False else "asleep" if awake is False else None
        self.network = self.network if network is None else network
        self.awake = self.awake if awake is None else awake
        if self.state == "signedOut":
            return
        if lost is None:
            if self.state == "held" and self.network and self.awake:
                self._enter("waitingToRetry", "progress")
        elif self.state == "disconnecting":
            self._drop()
            self._rest("userRequest")
        else:
            if self.state in ATTEMPT:
                self._answer_signin(lost)
            elif self.state in ONLINE + ("synchronizing",):
                self._end_session(lost)
            if self.state not in ("waitingToRetry", "held"):
                self._drop()
            self._hold(lost)

    # What the transport answers, and when its line is lost.

    def server_found(self):
        self._enter("connecting", "progress")
        self.renewed = False
        self._command("link.open", renew=False)

    def server_failed(self, reason):
        self._fail(reason)

    def link_opened(self):
        self.again = True
        self._notice("OnSignin", hr="S_OK", reason="progress")
        self._enter("synchronizing", "progress")
        self._command("session.synchronize")

    def link_refused(self, reason):
        if reason == "tokenExpired" and not self.renewed:
            self.renewed = True
            self._command("link.open", renew=True)
        else:
            self._fail(reason)

    def session_synchronized(self, resumed):
        if resumed and not self.changed:
            self._enter(self.wished.lower(), "progress")
        else:
            self._offer(self.wished)

    def session_failed(self, reason):
        self._fail_synchronizing(reason)

    def status_published(self, by, status):
        if by == "signin":
            if self.changed:
                return self._offer(self.wished)
            self.offered = None
            return self._enter(status.lower(), "progress")
        self.wished = self.asked.pop(0)
        self._enter(status.lower(), "userRequest")
        self._publish_asked()

    def status_refused(self, by, reason):
        if by == "user":
            return self._refuse(reason)
        if reason != "statusRejected":
            return self._fail_synchronizing(reason)
        if self.changed:
            return self._offer(self.wished)
        if self.offered == "ONLINE":
            return self._fail_synchronizing(reason)
        self.wished = "ONLINE" if self.offered == self.wished else self.wished
        self._offer("ONLINE", fallback=True)

    def link_closed(self):
        self._drop()
        self._rest("userRequest")

    def link_lost(self, reason):
        if self.state == "disconnecting":
            self.link_closed()
        elif self.state == "synchronizing":
            self._fail_synchronizing(reason)
        else:
            self._end_session(reason)
            self._drop()
            self._retry_or_rest(reason, REASONS[reason][2])

    # Time.

    def advance(self, time):
        """Lets time come to `time`, ms; a timer that is due by then ends."""
        while self.deadline is not None and self.deadline <= time:
            self.time, self.deadline = self.deadline, None
            self._time_up()
        self.time = time

    def _time_up(self):
        if self.state == "findingServer":
            self._fail("serverNotFound")
        elif self.state == "connecting":
            self._fail("logonTimeout")
        elif self.state == "synchronizing":
            self._fail_synchronizing("timedOut")
        elif self.state == "waitingToRetry":
            self._find()
        elif self.state == "disconnecting":
            self.link_closed()
        else:
            self._command("presence.withdraw")
            self._refuse("timedOut")

    # Moves.

    def _find(self):
        self._enter("findingServer", "progress")
        self._command("server.find")

    def _wish(self, status):
        if status is not None:
            self.wished, self.changed = status, True

    def _offer(self, status, fallback=False):
        self.offered = status
        self.changed = self.changed and fallback
        self._command("presence.publish", by="signin", status=status)

    def _publish_asked(self):
        self.deadline = self.time + self.limits["publish"] if self.asked else None
        if self.asked:
            self._command("presence.publish", by="user", status=self.asked[0])

    def _refuse(self, reason):
        self.asked.pop(0)
        self._notice("OnMyStatusChange", hr=REASONS[reason][1], status=SHOWN[self.state], reason=reason)
        self._publish_asked()

    def _answer_signin(self, reason):
        self._notice("OnSignin", hr=REASONS[reason][0], reason=reason)

    def _fail(self, reason, over=False):
        self._answer_signin(reason)
        self._drop()
        self._retry_or_rest(reason, over or REASONS[reason][2] or not self.again)

    def _fail_synchronizing(self, reason):
        self._end_session(reason)
        hr = "MSGR_E_SERVER_UNAVAILABLE" if reason == "timedOut" else REASONS[reason][1]
        self._notice("OnMyStatusChange", hr=hr, status=SHOWN["synchronizing"], reason=reason)
        self._drop()
        self._retry_or_rest(reason, REASONS[reason][2])

    def _end_session(self, reason):
        for _ in self.asked:
            self._notice("OnMyStatusChange", hr="MSGR_E_DISCONNECTED", status=SHOWN[self.state], reason=reason)
        self.changed = self.state == "synchronizing" or bool(self.asked)
        self.asked, self.offered = [], None

    def _retry_or_rest(self, reason, is_over):
        if is_over:
            self._rest(reason)
        else:
            self._enter("waitingToRetry", reason)

    def _rest(self, reason):
        self.again, self.wished, self.changed = False, "ONLINE", False
        self._command("session.forget")
        self._enter("signedOut", reason)

    def _hold(self, reason):
        self._enter("held", reason)

    def _drop(self):
        self._command("link.drop")

    def _enter(self, state, reason):
        self.state = state
        timer = TIMERS.get(state)
        self.deadline = None if timer is None else self.time + self.limits[timer]
        self._notice("OnMyStatusChange", hr="S_OK", status=self.status, reason=reason)

    @property
    def status(self):
        return SHOWN.get(self.state, "OFFLINE")

    def _command(self, type, **more):
        self.commands.append({"type": type, **more})

    def _notice(self, type, **more):
        self.notices.append({"type": type, **more})
