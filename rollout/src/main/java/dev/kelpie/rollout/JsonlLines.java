package dev.kelpie.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.config.ConfigException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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

  /**
   * Hands every object of {@code file} with its line, from 1, to {@code sink}.
   *
   * @param key what names the file in the experiment, for messages
   */
  static void read(String key, Path file, Sink sink) {
    if (!Files.isRegularFile(file)) {
      String problem = Files.exists(file) ? " is not a file" : " does not exist";
      throw new ConfigException(key + ": " + file + problem + " (expected: a file of prompts)");
    }
    int line = 0;
    try (InputStream bytes = open(file)) {
      Utf8Lines lines = new Utf8Lines(file, bytes);
      for (Optional<String> next = lines.next(); next.isPresent(); next = lines.next()) {
        line = lines.number();
        String text = next.get();
        String json = line == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
        if (!json.isBlank()) {
          sink.accept(line, parse(json, file, line));
        }
      }
    } catch (AccessDeniedException e) {
      throw new ConfigException(
          key + ": " + file + ": permission denied (expected: a file that can be read)");
    } catch (EOFException e) {
      throw new ConfigException(
          file + ": cut short behind line " + line + " (expected: a whole gzip file)");
    } catch (ZipException e) {
      throw new ConfigException(
          line == 0
              ? file + ": not a gzip file (expected by its name)"
              : file + ": broken gzip data behind line " + line + " (expected: a whole gzip file)");
    } catch (IOException e) {
      throw new ConfigException(file + ": " + e + ", behind line " + line);
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream bytes = Files.newInputStream(file);
    try {
      return file.getFileName().toString().endsWith(".gz")
          ? new GZIPInputStream(bytes, 1 << 16)
          : bytes;
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
      throw new ConfigException(
          file + ":" + line + ": not a JSON object (expected: one object per line)");
    } catch (JsonEOFException e) {
      throw new ConfigException(
          file + ":" + line + ": cut short (expected: a whole JSON object per line)");
    } catch (JsonProcessingException e) {
      throw new ConfigException(file + ":" + line + ": broken JSON: " + e.getOriginalMessage());
    }
  }
}
