"""The engine process: phone, providers, media, store and control server, put together. It has no screen.

`tuiphone.launch` starts it as `python -m tuiphone.engine`. engine.py is the composition root; every other module is a
service: what the engine does in one matter beside the calls themselves.
"""
