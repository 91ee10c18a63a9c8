#!/usr/bin/python3
# Polling and long polling as the tutorials explain them, in Flask: an echo that is polled, and a login loop behind long polling
# with a cursor (the preset longPolling). Port from argv; the time of a held request, in seconds, too.
import json
import sys
import time
from flask import Flask, request
from gevent.event import Event
from gevent.pywsgi import WSGIServer

app = Flask(__name__)
HOLD = float(sys.argv[2]) if len(sys.argv) > 2 else 25.0

# Polling: the client asks at an interval, each request gets one answer.
ANSWERS = []

@app.get('/polling')
def polling():
    return ANSWERS.pop(0) if ANSWERS else ('', 204)

@app.post('/polling')
def polling_post():
    ANSWERS.append(request.get_data())
    return '', 204

# Long polling: the server holds the request until it has something or the time is over. A request that comes meanwhile is
# answered at once, and the wait begins anew.
SESSIONS = {}

class Session:
    def __init__(self):
        self.logged_in = False
        self.count = 0
        self.waiting = []
        self.event = Event()

    def say(self, text):
        self.count += 1
        self.waiting.append((self.count, text))
        self.event.set()

@app.get('/long-polling')
def long_polling():
    name, cursor = request.args.get('session', ''), request.args.get('cursor')
    if cursor is None:
        SESSIONS[name] = Session()
        return {'cursor': 0, 'messages': []}
    session = SESSIONS.get(name)
    if session is None:
        return 'unknown session', 410
    session.waiting = [one for one in session.waiting if one[0] > int(cursor)]
    if not session.waiting:
        session.event.clear()
        session.event.wait(HOLD)
    if not session.waiting:
        return '', 204
    return {'cursor': session.waiting[-1][0], 'messages': [text for _, text in session.waiting]}

@app.post('/long-polling')
def long_polling_post():
    session = SESSIONS.get(request.args.get('session', ''))
    if session is None:
        return 'unknown session', 410
    for text in request.get_json(force=True):
        print(text, flush=True)
        if not session.logged_in:
            session.logged_in = text == 'hlq'
            session.say('True' if session.logged_in else 'name is not exist')
        elif text == 'restart':
            SESSIONS.clear()
            session.event.set()
        else:
            session.say(text)
    session.event.set()
    return '', 204

WSGIServer(('127.0.0.1', int(sys.argv[1])), app, log=None).serve_forever()
