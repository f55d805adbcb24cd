"""One conversation: who it is with, its messages, and the field one writes in."""

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea

from tuiphone.control.texts import Conversation, TextPage
from tuiphone.core.capability import can_text
from tuiphone.core.model import MAX_MESSAGE, AddressKind, TextMessage
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import cut, safe
from tuiphone.ui.widgets.conversation_view import ConversationView
from tuiphone.ui.widgets.message_field import MessageField
from tuiphone.ui.widgets.picker import Option
from tuiphone.ui.widgets.plain import Plain

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

PAGE = 60
"""Messages asked for at once."""
NEARLY_FULL = 0.8
"""Of the longest message, from where on its length is shown."""


class Talk(Vertical):
    """Asks the phone for the messages of `conversation` as they are looked at, and sends what is written."""

    if TYPE_CHECKING:

        @property
        def app(self) -> "TuiPhone": ...

    class Shown(Message):
        """Other messages are in view than before."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.conversation: Conversation | None = None
        self._asked = 0
        self._is_loading = False
        self._is_stale = False
        self._drafts: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        """Person -> the account that was chosen to write from."""

    def compose(self) -> ComposeResult:
        yield Plain("", id="talk-head")
        yield ConversationView(id="talk-view")
        yield Plain("", id="talk-hint")
        yield MessageField(id="talk-field")

    @property
    def view(self) -> ConversationView:
        """The messages."""
        return self.query_one(ConversationView)

    @property
    def field(self) -> MessageField:
        """Where one writes."""
        return self.query_one(MessageField)

    # -- which conversation -------------------------------------------------------------------------------------

    def open(self, conversation: Conversation | None, marked: tuple[str, ...] = ()) -> None:
        """Show this conversation, at its end or where what was looked for was found; what was being written stays."""
        before = self.conversation
        at = conversation.found.id if conversation is not None and conversation.found is not None else None
        view = self.view
        if before is not None and conversation is not None and before.person == conversation.person:
            self.conversation = conversation
            if view.marked == marked and (at is None or view.cursor == at):
                return self.draw()
        self.keep_draft()
        self.conversation = conversation
        self.field.load_text("" if conversation is None else self._drafts.get(conversation.person, ""))
        self.field.move_cursor(self.field.document.end)
        view.marked, view.new_from = marked, None
        view.fill((), is_first=True, is_last=True)
        self.draw()
        if conversation is not None:
            self._load(conversation, at)

    def keep_draft(self) -> None:
        """Remember what is written for when the conversation is opened again."""
        if self.conversation is not None:
            self._drafts[self.conversation.person] = self.field.text

    def _load(self, conversation: Conversation, at: int | None = None) -> None:
        person = conversation.person
        # Half a page before what was found, and from there on what follows.
        question = self.app.phone.texts(person, before=None if at is None else at + 1, limit=PAGE)
        self._ask(question, lambda page: self._fill(page, at))

    def _ask(self, question: object, then: object) -> None:
        self._asked += 1
        asked, self._is_loading = self._asked, True

        def answered(page: TextPage) -> None:
            if asked == self._asked and self.is_attached:
                self._is_loading = False
                then(page)  # type: ignore[operator]
                if self._is_stale:
                    self.reload()

        self.app.do(question, answered, failed=lambda: self._failed(asked))  # type: ignore[arg-type]

    def _failed(self, asked: int) -> None:
        if asked == self._asked:
            self._is_loading = False

    def _fill(self, page: TextPage, at: int | None) -> None:
        view = self.view
        new = next((text.id for text in page.texts if text.incoming and not text.seen), None)
        view.new_from, view.now = new, self.app.now()
        view.fill(page.texts, is_first=page.is_first, is_last=page.is_last, at=at)
        self.post_message(self.Shown())

    def reload(self) -> None:
        """Something is new or changed: ask for the newest messages again."""
        view = self.view
        if self.conversation is None or not view.is_last:
            return
        self._is_stale = self._is_loading
        if not self._is_loading:
            question = self.app.phone.texts(self.conversation.person, limit=PAGE)
            self._ask(question, self._renew)

    def _renew(self, page: TextPage) -> None:
        view = self.view
        view.now = self.app.now()
        view.renew(page.texts, is_first=page.is_first)
        self.post_message(self.Shown())

    @on(ConversationView.WantsOlder)
    def _older(self) -> None:
        view = self.view
        if self.conversation is not None and not self._is_loading and not view.is_first and view.texts:
            question = self.app.phone.texts(self.conversation.person, before=view.texts[0].id, limit=PAGE)
            self._ask(question, lambda page: self.view.add_older(page.texts, is_first=page.is_first))

    @on(ConversationView.WantsNewer)
    def _newer(self) -> None:
        view = self.view
        if self.conversation is not None and not self._is_loading and not view.is_last and view.texts:
            question = self.app.phone.texts(self.conversation.person, after=view.texts[-1].id, limit=PAGE)
            self._ask(question, lambda page: self.view.add_newer(page.texts, is_last=page.is_last))

    @on(ConversationView.WantsEnd)
    def _end(self, event: ConversationView.WantsEnd) -> None:
        if self.conversation is None:
            return
        if not event.first:
            return self._load(self.conversation)
        question = self.app.phone.texts(self.conversation.person, after=0, limit=PAGE)

        def fill(page: TextPage) -> None:
            at = page.texts[0].id if page.texts else None
            self.view.fill(page.texts, is_first=page.is_first, is_last=page.is_last, at=at)

        self._ask(question, fill)

    @on(ConversationView.Moved)
    def _moved(self) -> None:
        self.post_message(self.Shown())

    def unseen(self) -> int | None:
        """Id of the newest message that is new, if the end of the conversation is in view."""
        view = self.view
        if self.conversation is None or not view.is_at_end:
            return None
        return next((text.id for text in reversed(view.texts) if text.incoming and not text.seen), None)

    # -- who writes to whom -------------------------------------------------------------------------------------

    def writers(self) -> list[AccountState]:
        """The accounts that can send this person a message."""
        talk, state = self.conversation, self.app.state
        if talk is None or talk.is_topic:
            return []
        able = [known for known in state.accounts if can_text(known.account.capabilities, talk.peer)]
        last = state.account(talk.account)
        if talk.peer.kind is AddressKind.PHONE or last is None:
            return able
        # A user's name means somebody else at another vendor.
        return [known for known in able if known.account.provider == last.account.provider]

    @property
    def writer(self) -> AccountState | None:
        """The account a message would be sent from."""
        able, talk = self.writers(), self.conversation
        wanted = None if talk is None else self._accounts.get(talk.person, talk.account)
        return next((known for known in able if known.account.name == wanted), able[0] if able else None)

    def write_from(self, account: str) -> None:
        """Write from this account from now on."""
        if self.conversation is not None:
            self._accounts[self.conversation.person] = account
            self.draw()

    def account_options(self) -> tuple[Option, ...]:
        """The accounts to choose from."""
        return tuple(
            Option(
                known.account.name,
                f"{safe(known.account.name)} · {known.link.value}",
                words.LINK_SYMBOL[known.link],
                words.LINK_COLOUR[known.link],
            )
            for known in self.writers()
        )

    def draw(self) -> None:
        """Show the head, and whether one can write."""
        talk, writer = self.conversation, self.writer
        self.field.display = writer is not None
        head = self.query_one("#talk-head", Plain)
        if talk is None:
            head.update("")
            return self._say("")
        width = max(20, self.size.width - 2)
        name = words.who(talk.peer, 60)
        known = self.app.state.account(talk.account)
        number = talk.peer.text
        if talk.peer.kind is AddressKind.PHONE:
            number = pretty(number, known.account.country if known else None)
        chip = Content("")
        if writer is not None:
            more = " ▾" if len(self.writers()) > 1 else ""
            chip = Content.assemble(
                (f"  {words.LINK_SYMBOL[writer.link]} ", words.LINK_COLOUR[writer.link]),
                f"{safe(writer.account.name, 20)}{more}",
            )
        room = width - chip.cell_length
        shown = cut(name, room)
        beside = cut("" if name == safe(number) else f"  {safe(number)}", max(0, room - Content(shown).cell_length))
        head.update(Content.assemble((shown, "$primary bold"), (beside, "$text-muted"), chip))
        self._count()

    def _why_not(self) -> str:
        talk = self.conversation
        if talk is None:
            return ""
        if talk.is_topic:
            return "News of a topic; it cannot be answered."
        return f"No account here can send messages to {safe(talk.peer.text, 40)}."

    def _say(self, text: str, *, bad: bool = False) -> None:
        hint = self.query_one("#talk-hint", Plain)
        hint.display = bool(text)
        hint.set_class(bad, "-bad")
        hint.update(text)

    # -- writing ------------------------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _count(self) -> None:
        length = len(self.field.text)
        if self.writer is None:
            self._say(self._why_not())
        elif length > MAX_MESSAGE:
            self._say(f"{length:,} characters; a message has at most {MAX_MESSAGE:,}.", bad=True)
        else:
            self._say(f"{length:,} of {MAX_MESSAGE:,} characters" if length > NEARLY_FULL * MAX_MESSAGE else "")

    @on(MessageField.Refused)
    def _too_long(self, event: MessageField.Refused) -> None:
        self.app.say_not_now(f"That would make {event.length:,} characters; a message has at most {MAX_MESSAGE:,}.")

    @on(MessageField.Sent)
    def _send(self, event: MessageField.Sent) -> None:
        talk, writer, text = self.conversation, self.writer, event.text
        if talk is None or writer is None:
            return
        self._drafts.pop(talk.person, None)
        question = self.app.phone.send_text(talk.peer.text, text, account=writer.account.name, kind=talk.peer.kind)
        self.app.do(question, self._kept, failed=lambda: self._give_back(talk.person, text))

    def _kept(self, _: TextMessage) -> None:
        view = self.view
        view.new_from = None
        if not view.is_last and self.conversation is not None:
            return self._load(self.conversation)
        view.stick()
        self.reload()

    def _give_back(self, person: str, text: str) -> None:
        """It was not even kept: what was written is not lost."""
        if self.conversation is not None and self.conversation.person == person and not self.field.text:
            self.field.load_text(text)
            self.field.move_cursor(self.field.document.end)
        else:
            self._drafts[person] = text

    def show_state(self, _: PhoneState) -> None:
        """Accounts may have come, gone or changed."""
        self.draw()


def can_write(known: AccountState) -> bool:
    """Whether this account has messages at all."""
    from tuiphone.core.capability import Capability

    return Capability.TEXT in known.account.capabilities
