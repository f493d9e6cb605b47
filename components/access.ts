/**
 * Labels of a pod that may reach the servers of a name: what `NetworkPolicies` goes by.
 * @param servers name of a MysqlReplication or a RedisReplication
 */
export const accessTo = (servers: string): Readonly<Record<string, string>> => ({ [`access-${servers}`]: "allowed" });
