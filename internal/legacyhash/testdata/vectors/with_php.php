<?php
// php with_php.php > php.jsonl      (Debian 12: php-cli 8.2, wordpress 6.1 for its phpass)
// WordPress 6.8 is not in Debian: password_hash of the Base64 of hash_hmac with "wp-sha384" (wp-includes/pluggable.php,
// wp_hash_password). The first vector is from a site that it made: wordpress-playground, password "admin".
// Drupal 7's _password_crypt (includes/password.inc) is the same loop as phpass with SHA-512, cut to 55 letters.
require '/usr/share/wordpress/wp-includes/class-phpass.php';

function vector($name, $format, $stored, $password, $more = [])
{
    echo json_encode(['name' => $name, 'format' => $format, 'stored' => $stored, 'password' => $password] + $more, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
}

function drupal($password, $salt, $power)
{
    $phpass = new PasswordHash(8, true);
    $hash = hash('sha512', $salt . $password, true);
    for ($i = 0; $i < 1 << $power; $i++) {
        $hash = hash('sha512', $hash . $password, true);
    }
    return substr('$S$' . $phpass->itoa64[$power] . $salt . $phpass->encode64($hash, 64), 0, 55);
}

vector('wordpress-playground', 'wordpress', '$wp$2y$10$Q1xinFjrZeLWJBvxviIL6u834Fu.evIEFHAUVisQ5O.w9Dm0sMdES', 'admin');
$phpass = new PasswordHash(8, true);
foreach (['usual' => 'correct horse', 'unicode' => 'Grüße, Привет 🎨', 'long' => str_repeat('x', 200)] as $name => $password) {
    $long = $name == 'long' ? ['cuts' => 72] : [];
    vector("password_hash bcrypt $name", 'bcrypt', password_hash($password, PASSWORD_BCRYPT, ['cost' => 5]), $password, $long);
    vector("password_hash argon2id $name", 'argon2', password_hash($password, PASSWORD_ARGON2ID, ['memory_cost' => 1024, 'time_cost' => 2, 'threads' => 1]), $password);
    vector("wordpress 6.1 $name", 'phpass', $phpass->HashPassword($password), $password);
    vector("phpbb $name", 'phpass', '$H$' . substr($phpass->HashPassword($password), 3), $password);
    vector("wordpress 6.8 $name", 'wordpress', '$wp' . password_hash(base64_encode(hash_hmac('sha384', $password, 'wp-sha384', true)), PASSWORD_BCRYPT, ['cost' => 6]), $password);
    vector("drupal 7 $name", 'drupal7', drupal($password, 'Abc/.xyz', 15), $password);
    vector("drupal 6 in 7 $name", 'drupal7', 'U' . drupal(md5($password), '12345678', 11), $password);
}
