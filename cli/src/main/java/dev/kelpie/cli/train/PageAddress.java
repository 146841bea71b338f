package dev.kelpie.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.terminal.PrivateFiles;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Port and token of a run's page, kept in {@code page.json} for its owner only, so that open pages
 * find a run that is resumed by another process.
 */
record PageAddress(int port, AccessToken token) {
  private static final int FORMAT = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The address of the run's previous process, as far as the experiment does not override it. */
  static PageAddress of(DashboardOptions wanted, RunFolder folder) {
    JsonNode before = before(file(folder));
    boolean known = before.path("wanted").asInt(-1) == wanted.port();
    int port = known ? before.path("port").asInt() : wanted.port();
    AccessToken token =
        wanted.tokenFile().isEmpty()
            ? kept(before.path("token").asText())
            : given(wanted.tokenFile());
    return new PageAddress(port, token);
  }

  private static AccessToken kept(String secret) {
    try {
      return new AccessToken(secret);
    } catch (IllegalArgumentException e) {
      return AccessToken.random();
    }
  }

  private static Path file(RunFolder folder) {
    return folder.root().resolve("page.json");
  }

  private static JsonNode before(Path file) {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  private static AccessToken given(String file) {
    try {
      return new AccessToken(Files.readString(Path.of(file)).strip());
    } catch (IOException e) {
      throw new ConfigException(
          "dashboard.token-file: " + file + " (expected: a readable file with a token)");
    } catch (IllegalArgumentException e) {
      throw new ConfigException("dashboard.token-file: " + file + ": " + e.getMessage());
    }
  }

  /** Stores the address, with the port that is in use, for the run's next process. */
  static void keep(DashboardOptions wanted, int bound, AccessToken token, RunFolder folder)
      throws IOException {
    Path file = file(folder);
    Files.deleteIfExists(file);
    PrivateFiles.file(file);
    Files.writeString(
        file,
        JSON.createObjectNode()
                .put("format", FORMAT)
                .put("wanted", wanted.port())
                .put("port", bound)
                .put("token", token.secret())
            + "\n",
        StandardOpenOption.CREATE);
  }
}
