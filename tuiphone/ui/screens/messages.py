"""Messages: people at the left, a conversation at the right; one after the other where it is narrow."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from tuiphone.control.texts import Conversation, Conversations
from tuiphone.core.capability import Capability, can_text
from tuiphone.core.errors import BadAddress
from tuiphone.core.model import Address, AddressKind, TextMessage, TextStatus, address_from_text
from tuiphone.core.state import PhoneState
from tuiphone.ui import words
from tuiphone.ui.screens.page import Page
from tuiphone.ui.widgets.conversation_view import ConversationView
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.message_field import MessageField
from tuiphone.ui.widgets.people_list import Person
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.talk import Talk, can_write
from tuiphone.ui.widgets.thread_list import ThreadList

PAGE = 100
MAX_FILTER = 200
DEBOUNCE_SECONDS = 0.12
READ_SECONDS = 1.0
"""How long a conversation beside the list is looked at before it counts as read."""
WIDE = 100
"""Cells from which the list has more room."""
QUEUE_SECONDS = 1.0
"""How long keys that came before may take."""
NARROW = 72
"""Cells of the page below which list and conversation do not stand side by side."""


class MessagesPage(Page):
    """Every account's messages, by person."""

    NAME = "messages"
    # Keys that change where the next key goes have priority: they act before that one is looked at.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,a", "new", "new", priority=True, id="messages.new", tooltip="Write to somebody"),
        Binding("slash", "filter", "search", priority=True, id="messages.filter", tooltip="Look for people and words"),
        Binding("r", "resend", "send again", id="messages.resend", tooltip="Send a message again that was not sent"),
        Binding("c", "dial", "call", id="messages.call", tooltip="Call this person"),
        Binding("y", "copy", "copy", id="messages.copy", tooltip="Copy the message"),
        Binding("delete", "delete", "delete", id="messages.delete", tooltip="Delete the message, or the conversation"),
        Binding("ctrl+o", "account", "from", id="messages.account", tooltip="The account to write from"),
        Binding("down,enter", "to_list", "list", show=False, id="messages.list"),
        Binding("escape", "leave", "back", priority=True, id="messages.leave"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._filter = ""
        self._asked = 0
        self._is_loading = False
        self._is_stale = False
        self._typing: Timer | None = None
        self._previewing: Timer | None = None
        self._reading: Timer | None = None
        self._changes = (-1, -1)
        self._seen: tuple[str, int] | None = None
        """What the phone was last told to be read."""
        self._is_talking = False
        """The conversation has the focus, not the list."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="messages"):
            with Vertical(id="threads"):
                yield Field(id="thread-filter", placeholder="search people and words", max_length=MAX_FILTER)
                yield Plain("", id="threads-empty")
                # Also with nobody in it the list has the focus, so that letters are keys.
                yield ThreadList(id="thread-list")
            yield Talk(id="talk")

    @property
    def _list(self) -> ThreadList:
        return self.query_one(ThreadList)

    @property
    def _talk(self) -> Talk:
        return self.query_one(Talk)

    def opened(self) -> None:
        self.take_focus(self._talk.field if self._is_talking and self._talk.field.display else self._list)
        self._load()
        self._talk.reload()
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")
        self.set_class(event.size.width >= WIDE, "-wide")
        self._talk.draw()

    def show(self, state: PhoneState) -> None:
        self._talk.show_state(state)
        changes = (state.changes_of("texts"), state.changes_of("contacts"))
        if changes != self._changes and self.display:
            self._changes = changes
            self._load()
            self._talk.reload()
        self.refresh_bindings()

    def select(self, account: str) -> None:
        """There is no account to select here."""

    # -- the list -----------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Ask for the first page; what changes meanwhile is asked for afterwards, once."""
        if self._is_loading:
            self._is_stale = True
            return
        self._asked += 1
        asked, self._is_loading, self._is_stale = self._asked, True, False
        limit = PAGE if self._filter else max(PAGE, min(500, self._list.count))
        question = self.app.phone.conversations(self._filter, limit=limit)
        self.app.do(question, partial(self._fill, asked), failed=self._failed)

    def _fill(self, asked: int, found: Conversations) -> None:
        if asked != self._asked or not self.is_attached:
            return
        self._is_loading = False
        threads, talk = self._list, self._talk
        kept = talk.conversation.person if self._is_talking and talk.conversation else None
        kept = kept or (threads.chosen.person if threads.chosen else None)
        threads.now, threads.open = self.app.now(), talk.conversation.person if talk.conversation else None
        threads.fill(found.found, len(found.found) if self._filter else found.total, keep=kept)
        empty = self.query_one("#threads-empty", Plain)
        empty.display = not found.found
        empty.update("Nobody and no message found; esc clears the search." if self._filter else self._nothing())
        if self._is_talking:
            same = next(
                (one for one in found.found if talk.conversation and one.person == talk.conversation.person), None
            )
            if same is not None and not self._filter:
                talk.conversation = same
                talk.draw()
        else:
            self._preview()
        self.refresh_bindings()
        if self._is_stale:
            self._load()

    def _nothing(self) -> str:
        if any(can_write(known) for known in self.app.state.accounts):
            return "No messages yet. n writes to somebody."
        return "No messages yet, and no account here has any."

    def _failed(self) -> None:
        self._is_loading = False

    @on(ThreadList.WantsMore)
    def _more(self) -> None:
        threads = self._list
        last = threads.threads[-1].last if threads.threads else None
        if self._is_loading or threads.has_all or last is None:
            return
        self._is_loading = True
        asked = self._asked

        def extend(found: Conversations) -> None:
            self._is_loading = False
            if asked == self._asked:
                self._list.extend(found.found)
            if self._is_stale:
                self._load()

        self.app.do(self.app.phone.conversations(before=last.id, limit=PAGE), extend, failed=self._failed)

    @on(ThreadList.Moved)
    def _moved(self) -> None:
        if self._is_on(self._list):
            if self._previewing is not None:
                self._previewing.stop()
            self._previewing = self.set_timer(DEBOUNCE_SECONDS, self._preview)
        self.refresh_bindings()

    def _preview(self) -> None:
        if not self._is_talking and not self.has_class("-narrow"):
            self._show(self._list.chosen)

    def _show(self, conversation: Conversation | None) -> None:
        self._talk.open(conversation, tuple(self._filter.split()))
        threads = self._list
        threads.open = conversation.person if conversation else None
        threads.redraw()
        self._look()

    @on(ThreadList.Chosen)
    def _chosen(self) -> None:
        if (chosen := self._list.chosen) is not None:
            self._open(chosen)

    def _open(self, conversation: Conversation) -> None:
        self._is_talking = True
        self.set_class(True, "-talking")
        self._show(conversation)
        talk = self._talk
        self.take_focus(talk.field if talk.field.display else talk.view)
        self._look()

    @on(Input.Changed, "#thread-filter")
    def _filter_typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._apply_filter)

    def _apply_filter(self) -> None:
        wanted = self.query_one("#thread-filter", Field).value.strip()
        if wanted != self._filter:
            self._filter = wanted
            self._is_loading = False
            self._load()

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a search has at most {MAX_FILTER}.")

    # -- what has been read -------------------------------------------------------------------------------------

    @on(Talk.Shown)
    def _look(self) -> None:
        """What is on the screen has been read: at once where one writes, after a moment beside the list."""
        self.refresh_bindings()
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        if self._is_shown and self._talk.unseen() is not None:
            if self._is_talking:
                self._see()
            else:
                self._reading = self.set_timer(READ_SECONDS, self._see)

    @property
    def _is_shown(self) -> bool:
        is_open = self.display and self.screen is self.app.screen and self.app.app_focus
        return is_open and (self._is_talking or not self.has_class("-narrow"))

    def _see(self) -> None:
        talk = self._talk
        if self._is_shown and talk.conversation is not None and (up_to := talk.unseen()) is not None:
            seen = (talk.conversation.person, up_to)
            if seen != self._seen:
                self._seen = seen
                self.app.do(self.app.phone.see_texts(*seen), failed=self._not_seen)

    def _not_seen(self) -> None:
        self._seen = None

    def tick(self, now: float) -> None:
        # A dialog may have gone, or the terminal's window come back.
        if self._is_talking and self._reading is None and self._is_shown and self._talk.unseen() is not None:
            self._look()

    # -- keys ---------------------------------------------------------------------------------------------------

    def _is_on(self, widget: Widget) -> bool:
        """Whether the next key goes there; a widget's own `has_focus` comes a turn later."""
        return self.screen.focused is widget

    @property
    def _text(self) -> TextMessage | None:
        return self._talk.view.chosen if self._is_on(self._talk.view) else None

    @property
    def _thread(self) -> Conversation | None:
        """The conversation keys act on."""
        return self._list.chosen if self._is_on(self._list) else self._talk.conversation

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if not self.is_mounted:
            return False
        text, on_list, talk = self._text, self._is_on(self._list), self._talk
        match action:
            case "new":
                return (on_list or self._is_on(talk.view)) and any(map(can_write, self.app.state.accounts))
            case "resend":
                return text is not None and text.status is TextStatus.FAILED
            case "copy":
                return text is not None
            case "delete":
                return text is not None or (on_list and self._thread is not None)
            case "dial":
                return (on_list or self._is_on(talk.view)) and self._dialler is not None
            case "account":
                return len(talk.writers()) > 1 and not self._is_on(self.query_one("#thread-filter"))
            case "filter":
                return on_list or self._is_on(talk.view)
            case "to_list":
                return self._is_on(self.query_one("#thread-filter"))
            case "leave":
                return not on_list or bool(self._filter)
            case _:
                return True

    async def _keys_are_through(self) -> None:
        """Letters that were typed before may still wait in the field's queue."""
        through = asyncio.Event()
        if (focused := self.app.focused) is not None:
            focused.call_later(through.set)
            with suppress(TimeoutError):
                async with asyncio.timeout(QUEUE_SECONDS):
                    await through.wait()

    def action_filter(self) -> None:
        self._to_list()
        self.take_focus(self.query_one("#thread-filter", Field))

    def action_to_list(self) -> None:
        self.take_focus(self._list)
        self._moved()

    @on(ThreadList.LeftAtTop)
    def _back_to_filter(self) -> None:
        self.take_focus(self.query_one("#thread-filter", Field))

    @on(MessageField.LeftAtTop)
    def _to_messages(self) -> None:
        if self._talk.view.texts:
            self._talk.view.cursor = self._talk.view.texts[-1].id
            self.take_focus(self._talk.view)

    @on(ConversationView.LeftAtBottom)
    def _to_field(self) -> None:
        if self._talk.field.display:
            self.take_focus(self._talk.field)

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted is no key: from the list and from the messages it goes where one writes."""
        talk, thread = self._talk, self._thread
        if thread is None or not (self._is_on(self._list) or self._is_on(talk.view)):
            return
        event.stop()
        self._open(thread)
        if self._is_on(talk.field):
            # Stopped, or it would come here again, and from the app to the field once more.
            talk.field.post_message(events.Paste(event.text).stop())

    def on_descendant_focus(self) -> None:
        talking = self._is_on(self._talk.field) or self._is_on(self._talk.view)
        if talking != self._is_talking:
            self._is_talking = talking
            self.set_class(talking, "-talking")
            self._look()
        self.refresh_bindings()

    async def action_leave(self) -> None:
        await self._keys_are_through()
        field = self.query_one("#thread-filter", Field)
        if self._is_on(self._talk.view) and self._talk.field.display:
            self.take_focus(self._talk.field)
        elif self._is_on(self._talk.field) or self._is_on(self._talk.view):
            self._to_list()
        elif field.value:
            field.value = ""
            self.take_focus(self._list)
        else:
            self.take_focus(self._list)

    def _to_list(self) -> None:
        self._talk.keep_draft()
        self._is_talking = False
        self.set_class(False, "-talking")
        self.take_focus(self._list)

    # -- doing --------------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        from tuiphone.ui.screens.dialogs import Prompt

        able = [known.account.capabilities for known in self.app.state.accounts if can_write(known)]

        def refusal(text: str) -> str | None:
            sentence = "No account here can send messages."
            for capabilities in able:
                try:
                    limited = Capability.TEXT_USERS_ONLY in capabilities
                    asked = capabilities & ~Capability.DIAL_PHONE if limited else capabilities
                    if can_text(capabilities, address_from_text(text, asked)):
                        return None
                except BadAddress as error:
                    sentence = str(error)
            return sentence

        def typed(to: str | None) -> None:
            if to is not None and (person := prompt.person) is not None:
                self._write_to(person)
            elif to is not None:
                self.app.do(self.app.phone.conversation_with(to.strip()), self._open_new)

        prompt = Prompt(
            "New message to", placeholder="name, or number where the account can", check=refusal, suggests=True
        )
        self.app.push_screen(prompt, typed)

    def _write_to(self, person: Person) -> None:
        """Somebody who was suggested is whom one sees there, at the account that calls them where it can write."""
        address, known = Address(person.kind, person.to), self.app.state.account(person.account)
        writes = known is not None and can_write(known) and can_text(known.account.capabilities, address)
        self.start(address, person.account if writes else None)

    def start(self, address: Address, account: str | None) -> None:
        """Open the conversation with this address, begun or not."""
        question = self.app.phone.conversation_with(address.text, account=account, kind=address.kind)
        self.app.do(question, self._open_new)

    def _open_new(self, conversation: Conversation) -> None:
        self.query_one("#thread-filter", Field).value = ""
        self._filter = ""
        self._open(conversation)

    @property
    def _dialler(self) -> str | None:
        """The account to call the person of the conversation from."""
        thread = self._thread
        if thread is None or thread.is_topic:
            return None
        needed = Capability.DIAL_PHONE if thread.peer.kind is AddressKind.PHONE else Capability.DIAL_USER
        known = self.app.state.account(thread.account)
        return thread.account if known is not None and needed in known.account.capabilities else None

    def action_dial(self) -> None:
        if (thread := self._thread) is not None and (account := self._dialler) is not None:
            self.app.handset.dial(thread.peer.text, account=account)

    def action_resend(self) -> None:
        if (text := self._text) is not None and text.status is TextStatus.FAILED:
            self._talk.view.stick()
            self.app.do(self.app.phone.resend_text(text.id))

    def action_copy(self) -> None:
        if (text := self._text) is not None:
            self.app.do(self.app.phone.whole_text(text.id), self._copied)

    def _copied(self, text: TextMessage) -> None:
        self.app.copy_to_clipboard(text.text)
        self.app.say(f"{words.counted(len(text.text), 'character')} copied, where the terminal allows it.")

    def action_delete(self) -> None:
        from tuiphone.ui.screens.dialogs import Confirm

        text, thread = self._text, self._thread
        if text is not None:
            dialog = Confirm("Delete this message?", "It goes here only; the other side keeps it.", yes="Delete it")
            work = partial(self.app.phone.delete_text, text.id)
        elif thread is not None and self._is_on(self._list):
            question = f"All messages to and from {words.who(thread.peer, 60)} go, here only."
            dialog = Confirm("Delete this conversation?", question, yes="Delete it")
            work = partial(self.app.phone.delete_conversation, thread.person)
        else:
            return
        self.app.push_screen(dialog, lambda answer: self.app.do(work()) if answer else None)

    def action_account(self) -> None:
        talk = self._talk
        writer = talk.writer
        value = writer.account.name if writer is not None else None
        self.app.choose("Write from", talk.account_options(), value, lambda to: talk.write_from(to) if to else None)
