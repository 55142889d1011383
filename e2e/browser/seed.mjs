// Texts to the character. "seed" sentences come from the product's public help page on linking accounts; the rest are
// the words this product chose. Brand names are filled in as the demo uses them.

export const account = 'Akeneo Product Cloud';
export const company = 'Akeneo';
export const products = { pim: 'Akeneo PIM', sdm: 'Supplier Data Manager' };

export const title = (h1, failed = false) => `${failed ? 'Error: ' : ''}${h1} – ${account}`;

export const texts = {
  summary: 'There is a problem',
  persists: `If the issue persists, contact your ${company} administrator or ${company} Support.`, // seed

  login: {
    h1: 'Log in',
    label: 'Email', // seed
    hint: 'Your work email, or the username you use in an existing product',
    submit: 'Continue', // seed
    empty: 'Enter your email or username',
    malformed: 'Enter an email address in the correct format, like name@example.com',
  },
  password: {
    h1: 'Enter your password',
    label: 'Password', // seed
    submit: 'Login', // seed
    first: (product) => `First time here? Use your existing ${product} password. Once your accounts are linked, use your ${account} password.`,
    change: 'Use a different email',
    forgot: 'Forgot your password?',
    empty: 'Enter your password',
    wrong: 'Enter the correct email and password. If you do not remember your password, reset it.',
    unknown: 'User not found', // seed
    unknownDetail: // seed
      `Your email address does not match any existing ${company} account. Contact your ${company} administrator to confirm the address registered for you.`,
    instead: (product) => `Use your ${product} password instead`,
  },
  email: {
    h1: 'Confirm your email address', // seed
    label: 'Work email',
    hint: `The work email you want to use across all ${company} products`,
    submit: 'Confirm & Continue', // seed
    promise: 'We send a link to this address to check that it is yours. Your roles, permissions, preferences and history stay as they are.',
    empty: 'Enter your work email',
    malformed: 'Enter an email address in the correct format, like name@example.com',
  },
  inbox: {
    h1: 'Check your inbox', // seed
    submit: 'Continue', // seed
    missing: "Didn't receive the link?", // seed
    resend: 'Resend', // seed
    left: (n) => `Check your spam or junk folder. You can ask for the email ${n} more ${n === 1 ? 'time' : 'times'}.`,
    exhausted: 'You have used all 3 resends. If the email is not there, return to the login page and restart the sign-in.', // seed's words
    restart: 'Restart the sign-in',
    change: 'Change email address',
    early: (email) => `Your email is not confirmed yet. Open the link in the email we sent to ${email}, then select Continue.`,
    soon: 'Wait at least one minute between two attempts.', // seed
    confirmed: 'Email confirmed. Select Continue.',
    codeOpen: 'Opened the link on another device?',
    codeLabel: 'Code from the other device',
    codeSubmit: 'Use code',
    codeEmpty: 'Enter the code from the other device',
    codeWrong: 'The code is not correct or has expired. Open the link again for a new one.',
  },
  here: {
    h1: 'Return to your sign-in',
    back: 'Return to the browser tab where you started the sign-in and click Continue.', // seed
    submit: 'Continue',
  },
  elsewhere: {
    h1: 'Did you start this sign-in?',
    submit: 'Show code',
    notMe: 'I did not request this',
    codeH1: 'Enter this code where you started',
    again: 'Start again here',
  },
  dead: {
    expired: ['This link has expired', 'Verification links expire after a short period. Restart the sign-in to receive a new email.'], // seed
    used: ['This link has already been used', 'If that was you, return to the tab where you started.'],
    changed: ['This link no longer works', 'The sign-in now uses another email address. Use the link in the email sent to that address.'],
    damaged: ['This link is incomplete', 'Copy the whole address from the email, or use its button.'],
  },
  linked: {
    h1: 'Your accounts are linked',
    next: (email) => `Next time, sign in with ${email} and your ${account} password.`,
    kept: 'Your roles and permissions, your preferences and your history are kept.',
    submit: (product) => `Continue to ${product}`,
  },
  offers: { h2: 'Accounts with the same email address', notMine: (product, username) => `Not mine: ${product}, ${username}` },
  pending: {
    h1: 'Your email is confirmed',
    text: (email, product) => `${email} already has an ${account} account. At your next sign-in, use the password of that account: `
      + `${product} is then added to it.`,
    mail: (product) => `Link ${product} to your ${account} account?`,
  },
  waiting: { h1: 'Link these accounts?', h2: 'Accounts that wait to be linked', submit: 'Link accounts' },
  link: {
    h1: 'Link your account.', // seed
    message: (product) => `Sign in with your ${product} login details one last time to merge your accounts. ` // seed
      + `After that, your new unified ${account} account takes over.`,
    login: 'Email', // seed
    password: 'Password', // seed
    forgot: (product) => `Forgot your ${product} password?`, // seed
    submit: 'CONTINUE', // seed
    wrong: (product) => `Enter the correct ${product} email and password`,
  },
  forgot: {
    h1: (product) => `Reset your ${product} password`,
    label: 'Email',
    submit: 'SEND RESET LINK', // seed
    sentH1: 'Check your inbox', // seed
    sent: 'A password reset email has been sent. Reset your password, then click below to link your account.', // seed
    back: 'Back', // seed
  },
  reset: {
    h1: 'Reset your password', // seed
    label: 'Email',
    submit: 'Send reset link',
    sentH1: 'Check your inbox',
    own: (product) => `If you have not linked your accounts yet, ${product} sends you its own email. Set a new ${product} password, then log in with it here.`,
    back: 'Back to the login page',
    setH1: `Set your ${account} password`,
    set: 'New password',
    save: 'Save and continue',
    done: 'Your password was changed. Sign in with it.',
    mail: /Set a new .* password/,
  },
  invitation: { h1: (product) => `You have been invited to ${product}`, label: 'New password', submit: 'Accept invitation' },
  me: {
    h1: 'Your sign-in',
    unlink: (product, username) => `Unlink… ${product}, ${username}`,
    unlinkH1: (product) => `Unlink ${product}?`,
    unlinkSubmit: 'Unlink',
    unlinked: 'It is unlinked. You can take that back below.',
    undoH1: 'Link it again?',
    undoSubmit: 'Undo',
    undone: 'It is linked again.',
    password: `Your ${account} password`,
  },
  notMe: {
    h1: 'Tell us you did not request this',
    reasons: 'Common reasons:', // seed
    colleague: `Another colleague started the ${account} sign-in flow with the wrong email address.`, // seed
    administrator: `An administrator created a new ${company} account that uses your email address.`, // seed
    question: 'Do you recognise this activity?',
    no: 'No',
    known: 'I know who it was, but I do not want it',
    submit: 'Stop this request',
    none: 'Select whether you recognise this activity',
    done: 'Nothing was changed and the link no longer works. Your administrator has been told.',
  },
  mail: {
    confirm: `Confirm your email address for ${account}`,
    warning: // seed
      `If you did not request this and you do not recognize the activity, do not click the verification link, and contact your ${company} administrator.`,
    password: `${account} never asks for your password by email.`,
    linked: (product) => `${product} is now linked to your ${account} account`,
  },
  timedOut: 'Your sign-in timed out',
  outOfDate: 'This page is out of date',
  down: (product) => `${product} is not answering`,
};
