# ActionCable as an application of Rails has it, without the rest of Rails.
require 'logger'
require 'active_support/all'
require 'action_dispatch'
require 'action_cable'

class Connection < ActionCable::Connection::Base
  identified_by :user

  def connect
    reject_unauthorized_connection unless request.params['token'] == 'right'
    self.user = 'ada'
  end
end

class ChatChannel < ActionCable::Channel::Base
  def subscribed
    return reject if params['room'] == 'closed'

    stream_from "room-#{params['room']}"
  end

  def speak(data)
    ActionCable.server.broadcast("room-#{params['room']}", { text: data['text'] })
  end

  def throw_out(data)
    connection.close(reason: 'remote', reconnect: data['reconnect'])
  end

  def unsubscribed
    ActionCable.server.broadcast('left', params['room'])
  end
end

class LeftChannel < ActionCable::Channel::Base
  def subscribed
    stream_from 'left'
  end
end

config = ActionCable.server.config
config.cable = { 'adapter' => 'async' }
config.connection_class = -> { Connection }
config.disable_request_forgery_protection = true
config.logger = Logger.new(IO::NULL)
run ActionCable.server
