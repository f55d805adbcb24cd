"""Noticing that the machine slept or has other addresses."""

from tuiphone.engine.surroundings import SLEPT_SECONDS, Surroundings, own_addresses


class Machine:
    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0
        self.addresses = {"192.168.1.5"}
        self.stirs = 0
        self.surroundings = Surroundings(
            self.stir, addresses=lambda: self.addresses, wall=lambda: self.wall, steady=lambda: self.steady
        )

    def stir(self) -> None:
        self.stirs += 1

    def second(self, *, asleep: float = 0.0) -> None:
        self.wall += 1 + asleep
        self.steady += 1
        self.surroundings.look()


def test_seconds_that_pass_as_they_should_stir_nothing() -> None:
    machine = Machine()
    for _ in range(100):
        machine.second(asleep=0.01)
    assert machine.stirs == 0


def test_a_machine_that_slept_is_noticed_once() -> None:
    machine = Machine()
    machine.second(asleep=SLEPT_SECONDS + 1)
    machine.second()
    assert machine.stirs == 1


def test_a_clock_that_is_set_back_is_no_sleep() -> None:
    machine = Machine()
    machine.second(asleep=-3600)
    assert machine.stirs == 0


def test_other_addresses_are_noticed_and_so_is_their_loss() -> None:
    machine = Machine()
    for number, addresses in enumerate(({"10.0.0.7"}, set(), {"10.0.0.7"}), 1):
        machine.addresses = addresses
        machine.second()
        machine.second()
        assert machine.stirs == number


def test_addresses_that_lead_nowhere_do_not_count() -> None:
    assert not {"127.0.0.1", "::1"} & own_addresses()
    assert not any(address.startswith(("127.", "169.254.", "fe80")) for address in own_addresses())
