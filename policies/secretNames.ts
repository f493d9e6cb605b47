const SECRET = /(password|passwd|passphrase|secret|token|credentials?|(api|access|private|secret)[_.-]?key)$/i;

/** Whether the thing so named is a password or a key. One that ends otherwise, such as MYSQL_PASSWORD_FILE, says where it is. */
export const isSecretName = (name: string): boolean => SECRET.test(name);
