package dev.kelpie.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The JSON objects of a file with one per line. A byte order mark, CRLF line ends and blank lines
 * are legal; a name that ends in {@code .gz} is unpacked.
 */
final class JsonlLines {
  private static final ObjectReader JSON =
      new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonlLines() {}

  /** Takes the object of a line. */
  interface Sink {
    void accept(int line, ObjectNode object);
  }

  /** Hands every object of {@code file} with its line, from 1, to {@code sink}. */
  static void read(Path file, Sink sink) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          "data.path: " + file + (Files.exists(file) ? " is not a file" : " does not exist"));
    }
    int line = 0;
    try (BufferedReader reader = open(file)) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        line++;
        String json = line == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
        if (!json.isBlank()) {
          sink.accept(line, parse(json, file, line));
        }
      }
    } catch (CharacterCodingException e) {
      throw new ConfigException(file + ": not UTF-8, behind line " + line);
    } catch (ZipException e) {
      throw new ConfigException(file + ": not a gzip file (expected by its name)");
    } catch (IOException e) {
      throw new ConfigException(file + ": " + e + ", behind line " + line);
    }
  }

  private static BufferedReader open(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    try {
      InputStream plain =
          file.getFileName().toString().endsWith(".gz")
              ? new GZIPInputStream(bytes, 1 << 16)
              : bytes;
      return new BufferedReader(
          new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
    } catch (Throwable e) {
      bytes.close();
      throw e;
    }
  }

  private static ObjectNode parse(String text, Path file, int line) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new ConfigException(file + ":" + line + ": not a JSON object");
    } catch (JsonProcessingException e) {
      throw new ConfigException(file + ":" + line + ": broken JSON: " + e.getOriginalMessage());
    }
  }
}
