package dev.kelpie.config.remote;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.time.Duration;

/**
 * How a server is asked.
 *
 * @param apiKeyEnv name of the environment variable with its key; empty for none
 */
public record ServerLimits(
    @Doc("environment variable that holds the key; empty: no key") String apiKeyEnv,
    @Doc("requests at the same time") int concurrency,
    @Doc("longest time for one request") Duration timeout,
    @Doc("repetitions of a request that failed for the moment") int retries) {
  public ServerLimits {
    Require.that(
        apiKeyEnv.isEmpty() || apiKeyEnv.matches("[A-Za-z_][A-Za-z0-9_]*"),
        "api-key-env: not shown (expected: the name of an environment variable, not the key)");
    Require.within("concurrency", concurrency, 1, 1024);
    Require.positive("timeout", timeout);
    Require.within("retries", retries, 0, 20);
  }
}
