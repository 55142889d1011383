# ruby with_devise.rb > devise.jsonl      (Debian 12: ruby-devise 4.8.1)
require 'json'
require 'devise'
require 'devise/encryptor'

pepper = 'a1b2c3d4e5f6 pepper of a test'
model = Struct.new(:stretches, :pepper).new(5, pepper)
plain = Struct.new(:stretches, :pepper).new(4, nil)
{ 'usual' => 'correct horse', 'unicode' => 'Grüße, Привет 🎨', 'long' => 'x' * 70 }.each do |name, password|
  more = name == 'long' ? { cuts: 72 } : {}
  puts({ name: "pepper #{name}", format: 'bcrypt', stored: Devise::Encryptor.digest(model, password), password: password, pepper: pepper }.to_json)
  puts({ name: "no pepper #{name}", format: 'bcrypt', stored: Devise::Encryptor.digest(plain, password), password: password }.merge(more).to_json)
end
