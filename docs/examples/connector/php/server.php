<?php
// A server of the connector contract in PHP 8.1 or newer, without packages. The users are in memory; yours are not:
// replace find_users, the two calls of password_verify and send_reset_mail.
//
//   CONNECTOR_SECRET=… PROBE_HASH=$(php -r 'echo password_hash("…", PASSWORD_DEFAULT);') php -S 127.0.0.1:9100 server.php
declare(strict_types=1);

ini_set('display_errors', '0'); // what goes wrong is for the log

const NOBODY = '$2y$10$usesomesillystringfore7hnbRJHxXVLeakoG8K30oukPsA.ztMG'; // who is checked when there is no user

/** Your users, with what password_hash made of their passwords. */
function users(): array
{
    $user = fn (string $id, string $username, string $name, string $state): array => ['account' => [
        'id' => $id, 'username' => $username, 'email' => "$username@acme.example", 'name' => $name,
        'disabled' => $state === 'disabled', 'locked' => $state === 'locked', 'must_reset' => $state === 'must_reset',
    ], 'hash' => (string) getenv('PROBE_HASH')];
    return [$user('7', 'ada', 'Ada Ito', ''), $user('8', 'dan', 'Dan Off', 'disabled'),
        $user('9', 'lea', 'Lea Lock', 'locked'), $user('10', 'ron', 'Ron New', 'must_reset')];
}

function find_users(string $by, string $value): array
{
    $key = fn (array $account): string => $by === 'email' ? strtolower($account['email']) : $account[$by];
    return array_values(array_filter(users(), fn (array $u): bool => $key($u['account']) === $value));
}

/** Queues the mail you send for a forgotten password: the answer does not wait for it. */
function send_reset_mail(string $identifier): void
{
}

/** True the first time. A file stands for your cache or table: it is locked from looking to writing. */
function first_time(string $nonce, int $now): bool
{
    $name = sys_get_temp_dir() . '/connector-nonces-' . getmyuid() . '-' . ($_SERVER['SERVER_PORT'] ?? '');
    $file = fopen($name, 'c+');
    if (!$file || !flock($file, LOCK_EX)) {
        throw new RuntimeException('the nonces cannot be kept');
    }
    $seen = array_filter((array) json_decode((string) stream_get_contents($file), true), fn ($at): bool => $now - $at <= 600);
    $first = !isset($seen[$nonce]);
    $seen[$nonce] = $now;
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, json_encode($seen));
    fclose($file);
    return $first;
}

/** True for a request that Ligature signed, less than five minutes ago, and never before. */
function signed(string $path, string $body): bool
{
    $timestamp = $_SERVER['HTTP_LIGATURE_TIMESTAMP'] ?? '';
    $nonce = $_SERVER['HTTP_LIGATURE_NONCE'] ?? '';
    $now = time();
    if (!preg_match('/^\d{1,12}$/D', $timestamp) || abs($now - (int) $timestamp) > 300 || !preg_match('/^[\w-]{22}$/D', $nonce)) {
        return false;
    }
    $text = implode("\n", [$timestamp, $nonce, $_SERVER['REQUEST_METHOD'], $path, hash('sha256', $body)]);
    $right = false;
    foreach (['CONNECTOR_SECRET', 'CONNECTOR_SECRET_OLD'] as $name) { // two while the secret is changed
        $secret = (string) getenv($name);
        if (strlen($secret) >= 16 && hash_equals('v1=' . hash_hmac('sha256', $text, $secret), $_SERVER['HTTP_LIGATURE_SIGNATURE'] ?? '')) {
            $right = true;
        }
    }
    return $right && first_time($nonce, $now);
}

function find(array $q): array
{
    if (!in_array($q['by'], ['email', 'username', 'id'], true)) {
        return [400, new stdClass()];
    }
    return [200, ['accounts' => array_column(find_users($q['by'], $q['value']), 'account')]];
}

function verify(array $q): array
{
    // With an id that user is checked, and nobody else.
    $found = $q['id'] !== '' ? find_users('id', $q['id'])
        : find_users(str_contains($q['identifier'], '@') ? 'email' : 'username', $q['identifier']);
    if (count($found) !== 1) {
        password_verify($q['password'], NOBODY);
        return [200, ['outcome' => 'not_found', 'account' => null]];
    }
    // bcrypt reads 72 bytes and no NUL: what is longer is wrong here, because no user could have set it.
    $right = strlen($q['password']) <= 72 && password_verify($q['password'], $found[0]['hash']);
    $account = $found[0]['account'];
    if ($account['locked']) { // whatever was typed
        return [200, ['outcome' => 'locked', 'account' => null]];
    }
    if (!$right) {
        return [200, ['outcome' => 'wrong_password', 'account' => null]];
    }
    // Said to the right password alone.
    $outcome = $account['disabled'] ? 'disabled' : ($account['must_reset'] ? 'must_reset' : 'match');
    return [200, ['outcome' => $outcome, 'account' => $account]];
}

function reset_password(array $q): array
{
    send_reset_mail($q['identifier']); // the same answer, whether there is such a user or not
    return [202, new stdClass()];
}

function answer(): array
{
    $path = explode('?', $_SERVER['REQUEST_URI'])[0];
    $verbs = [ // with the members that a question has; all are texts
        '/ligature/v1/find' => ['find', ['by', 'value']],
        '/ligature/v1/verify' => ['verify', ['id', 'identifier', 'password']],
        '/ligature/v1/reset' => ['reset_password', ['identifier']],
    ];
    if ($_SERVER['REQUEST_METHOD'] !== 'POST' || !isset($verbs[$path])) {
        return [404, new stdClass()];
    }
    $body = (string) file_get_contents('php://input', false, null, 0, 65537);
    if (strlen($body) > 65536) {
        return [413, new stdClass()];
    }
    if (!signed($path, $body)) {
        return [401, new stdClass()];
    }
    [$verb, $members] = $verbs[$path];
    $question = json_decode($body, true);
    foreach ($members as $member) {
        if (!is_array($question) || !is_string($question[$member] ?? null)) {
            return [400, new stdClass()];
        }
    }
    return $verb($question);
}

try {
    [$status, $said] = answer();
} catch (Throwable) { // an outage to Ligature, and never "no such user"
    [$status, $said] = [503, new stdClass()];
}
http_response_code($status);
header('Content-Type: application/json');
header_remove('X-Powered-By');
echo json_encode($said);
