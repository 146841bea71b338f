package dev.kelpie.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.terminal.PrivateFiles;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.files.InputFile;
import dev.kelpie.runs.RunInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Port and token of a run's page, kept in {@code page.json} for its owner only, so that open pages
 * find a run that is resumed by another process. A file that came with the folder from elsewhere
 * does not count: its maker knows the token. It is recognised by the folder's number on its disk.
 */
record PageAddress(int port, AccessToken token) {
  private static final int FORMAT = 1;
  private static final int MOST_BYTES = 1 << 12;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The address of the run's previous process, as far as the experiment does not override it. */
  static PageAddress of(DashboardOptions wanted, RunFolder folder) {
    JsonNode before = before(folder);
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

  private static JsonNode before(RunFolder folder) {
    try {
      JsonNode before = JSON.readTree(RunInput.bytes(folder.root(), file(folder), MOST_BYTES));
      String made = before.path("folder").asText();
      return !made.isEmpty() && made.equals(key(folder)) ? before : JSON.createObjectNode();
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  /** The folder's number on its disk; empty where the system has none. */
  private static String key(RunFolder folder) throws IOException {
    Object key = Files.readAttributes(folder.root(), BasicFileAttributes.class).fileKey();
    return key == null ? "" : key.toString();
  }

  private static AccessToken given(String file) {
    try {
      return new AccessToken(InputFile.readText(Path.of(file), MOST_BYTES).strip());
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
                .put("folder", key(folder))
                .put("token", token.secret())
            + "\n",
        StandardOpenOption.CREATE);
  }
}
