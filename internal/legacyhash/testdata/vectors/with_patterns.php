<?php
// php with_patterns.php > pattern.jsonl      (Debian 12: php-cli 8.2)
$patterns = [
    ['md5($password)', fn($p, $s) => md5($p)],
    ['sha1($salt.$password)', fn($p, $s) => sha1($s . $p)],
    ['md5(md5($password).$salt)', fn($p, $s) => md5(md5($p) . $s)],
    ['md5(md5($salt).md5($password))', fn($p, $s) => md5(md5($s) . md5($p))],
    ["sha256( \$salt . ':' . \$password . \$pepper )", fn($p, $s) => hash('sha256', $s . ':' . $p . 'the pepper')],
    ['sha512(raw(sha1($password)).$salt)', fn($p, $s) => hash('sha512', sha1($p, true) . $s)],
    ['sha384(upper(md5($password)).$salt)', fn($p, $s) => hash('sha384', strtoupper(md5($p)) . $s)],
    ['hmac_sha256($password, $salt)', fn($p, $s) => base64_encode(hash_hmac('sha256', $p, $s, true))],
    ['upper(sha1($password.$salt))', fn($p, $s) => strtoupper(sha1($p . $s))],
    ['md5($password.$salt)', fn($p, $s) => md5($p . $s) . ':' . $s],
];
foreach ($patterns as [$pattern, $make]) {
    foreach (['usual' => 'correct horse', 'unicode' => 'Grüße, Привет 🎨', 'long' => str_repeat('x', 200)] as $name => $password) {
        $stored = $make($password, 'Sa1t!');
        $vector = ['name' => "$pattern $name", 'format' => 'pattern', 'stored' => $stored, 'password' => $password, 'pattern' => $pattern, 'weak' => true];
        $vector['salt'] = str_contains($stored, ':') ? '' : 'Sa1t!';
        if (str_contains($pattern, 'pepper')) {
            $vector['pepper'] = 'the pepper';
        }
        echo json_encode($vector, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    }
}
