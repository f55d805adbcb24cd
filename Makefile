# What one does with a checkout. Everything is installed into .venv, at the versions of requirements.lock.

.POSIX:
.PHONY: demo test check bench screenshots lock proto clean

BIN = .venv/bin
FOR_SOUND = libportaudio2 libasound2-plugins
FOR_VIDEO = libgl1 libglib2.0-0 libsm6 libxext6 libxcb1
FOR_PICTURES = librsvg2-bin fonts-dejavu-core fonts-noto-core fonts-noto-cjk
FOR_TESTS = $(FOR_SOUND) $(FOR_VIDEO) xvfb openbox wmctrl xdotool pulseaudio pulseaudio-utils sox tmux groff-base
# What runs as far ends for the tests: vendors' own libraries, a SIP server, a browser, and a telephone without WebRTC.
FOR_PEERS = nodejs npm kamailio kamailio-websocket-modules kamailio-outbound-modules kamailio-presence-modules \
	chromium-headless-shell rtpengine-daemon baresip-core
PEERS = tests/rigs/node

# A phone that rings and talks within a minute, with no account anywhere.
demo: .venv/.installed
	@.ci/setup libraries $(FOR_SOUND) || echo "The demo goes on without it." >&2
	@.ci/setup window $(FOR_VIDEO) || echo "Video is shown inside the terminal." >&2
	@exec $(BIN)/tuiphone demo

# Where tests with a sound card are; tests/conftest.py sees to it that there are none elsewhere.
SOUND = tests/media tests/e2e
# Three tests share two processors with the phones, servers and browsers they start. One that was starved of its moment
# there gets the machine to itself, once, and its first failure stays in what is printed; what fails alone has failed.
ALONE = test $$? -eq 1 && $(BIN)/pytest -q --last-failed --last-failed-no-failures none --maxfail 1
# What ALSA and PortAudio say is printed: seen once, an assertion of theirs ended the process while a card was pulled out.
# That is told, and tried once more.
HEARD = $(BIN)/pytest -q --capture=sys -m "sound and not device" $(SOUND)
test: .venv/.installed-dev $(PEERS)/node_modules/.installed
	@.ci/setup libraries $(FOR_TESTS) $(FOR_PEERS)
	@$(BIN)/pytest -q -n 3 --dist worksteal -m "not device and not sound" || { $(ALONE) -m "not device and not sound"; }
	@$(HEARD) || { test $$? -ge 128 && $(HEARD); } || { $(ALONE) -m "sound and not device" $(SOUND); }

check: .venv/.installed-dev
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture

# Prints what was measured on this machine.
bench: .venv/.installed-dev
	@.ci/setup libraries $(FOR_TESTS) $(FOR_PEERS)
	@$(BIN)/python -m bench

# Draws every screen into screenshots/ anew, from a running demo.
screenshots: .venv/.installed-dev
	@.ci/setup libraries $(FOR_TESTS) $(FOR_PICTURES)
	@$(BIN)/python screenshots/make.py

# Looks for newer versions within the ranges of pyproject.toml and pins what fits together.
lock: .venv/.installed-dev
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --extra dev --extra video \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

# Makes Vox's messages anew from vox.proto. The module is committed; nothing else needs the compiler, which brings
# a protobuf of its own along.
PROTOC = build/protoc
VOX = tuiphone/providers/vox
proto: .venv/.installed-dev
	@$(BIN)/python -m pip install --quiet --upgrade --target $(PROTOC) grpcio-tools==1.74.0
	@PYTHONPATH=$(PROTOC) $(BIN)/python -m grpc_tools.protoc -I $(VOX) --python_out=$(VOX) --pyi_out=$(VOX) vox.proto

clean:
	rm -rf .venv $(PEERS)/node_modules .pytest_cache .ruff_cache .import_linter_cache build dist snapshot_report.html
	find tuiphone tests bench screenshots -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true

.venv/.installed: pyproject.toml requirements.lock
	@.ci/setup venv .
	@touch $@

.venv/.installed-dev: pyproject.toml requirements.lock
	@.ci/setup venv '.[dev,video]'
	@touch $@ .venv/.installed

$(PEERS)/node_modules/.installed: $(PEERS)/package.json $(PEERS)/package-lock.json
	@.ci/setup libraries $(FOR_PEERS)
	@.ci/setup peers $(PEERS)
	@touch $@
