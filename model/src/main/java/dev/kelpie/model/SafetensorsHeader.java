package dev.kelpie.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.JsonFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The header of a safetensors file, strictly read: names, types, shapes and places of its tensors,
 * which together cover the rest of the file without gap or overlap.
 *
 * <p>Format: https://github.com/huggingface/safetensors#format.
 */
record SafetensorsHeader(SortedMap<String, Entry> entries) {
  private static final int MOST_DIMENSIONS = 16;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  /**
   * A tensor's type and place.
   *
   * @param begin first byte, counted from the start of the file
   * @param end the byte after its last
   */
  record Entry(String name, String dtype, List<Long> shape, long begin, long end) {
    Entry {
      shape = List.copyOf(shape);
    }
  }

  /**
   * Parses the JSON text {@code json} of {@code file}.
   *
   * @param dataStart first byte behind the header
   * @param fileLength bytes of the whole file
   */
  static SafetensorsHeader parse(Path file, byte[] json, long dataStart, long fileLength) {
    SortedMap<String, Entry> entries = entries(file, json, dataStart);
    requireCover(file, entries, dataStart, fileLength);
    return new SafetensorsHeader(entries);
  }

  /** As {@link #parse}, wherever the tensors lie and whether or not they are there. */
  static SortedMap<String, Entry> entries(Path file, byte[] json, long dataStart) {
    SortedMap<String, Entry> entries = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : tree(file, json).properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), dataStart));
      }
    }
    return entries;
  }

  private static JsonNode tree(Path file, byte[] json) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      JsonNode tree = JSON.readTree(text);
      if (!tree.isObject()) {
        throw new CheckpointException(file + ": header is not a JSON object");
      }
      return tree;
    } catch (JsonProcessingException e) {
      String message = cut(String.valueOf(e.getOriginalMessage()));
      String problem = message.startsWith("Duplicate field") ? message : JsonFile.problem(e);
      throw new CheckpointException(file + ": broken header: " + problem, e);
    } catch (CharacterCodingException e) {
      throw new CheckpointException(file + ": broken header: not UTF-8 (expected: UTF-8 text)", e);
    }
  }

  private static Entry entry(Path file, String name, JsonNode node, long dataStart) {
    String dtype = node.path("dtype").asText();
    int width = bytes(dtype);
    if (width == 0) {
      throw broken(file, name, "dtype " + node.path("dtype"), "a type of safetensors");
    }
    List<Long> shape = numbers(file, name, node, "shape");
    List<Long> offsets = numbers(file, name, node, "data_offsets");
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw broken(file, name, "data_offsets " + offsets, "[begin, end]");
    }
    long bytes = bytes(file, name, shape, width);
    if (offsets.get(1) - offsets.get(0) != bytes) {
      String found = (offsets.get(1) - offsets.get(0)) + " bytes";
      throw broken(file, name, found, bytes + " for " + dtype + " " + shape);
    }
    return new Entry(name, dtype, shape, dataStart + offsets.get(0), dataStart + offsets.get(1));
  }

  /** Bytes of one number; 0 for a type that safetensors does not have. */
  private static int bytes(String dtype) {
    return switch (dtype) {
      case "BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2" -> 1;
      case "I16", "U16", "F16", "BF16" -> 2;
      case "I32", "U32", "F32" -> 4;
      case "F64", "I64", "U64" -> 8;
      default -> 0;
    };
  }

  private static List<Long> numbers(Path file, String name, JsonNode node, String key) {
    if (!node.path(key).isArray() || node.path(key).size() > MOST_DIMENSIONS) {
      String expectation = "a list of at most " + MOST_DIMENSIONS + " whole numbers";
      throw broken(file, name, key + " " + node.path(key), expectation);
    }
    List<Long> numbers = new ArrayList<>();
    for (JsonNode number : node.path(key)) {
      // 2^53: nothing larger is an honest size, and sums of two stay far from overflow.
      if (!number.isIntegralNumber()
          || !number.canConvertToLong()
          || number.asLong() < 0
          || number.asLong() > 1L << 53) {
        throw broken(file, name, key + " " + node.get(key), "whole numbers from 0");
      }
      numbers.add(number.asLong());
    }
    return numbers;
  }

  private static long bytes(Path file, String name, List<Long> shape, int width) {
    try {
      long bytes = width;
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          file + ": " + cut(name) + ": shape " + shape + " (expected: a size that fits memory)", e);
    }
  }

  private static void requireCover(
      Path file, SortedMap<String, Entry> entries, long dataStart, long fileLength) {
    List<Entry> inOrder =
        entries.values().stream()
            .sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
            .toList();
    long covered = dataStart;
    for (Entry entry : inOrder) {
      if (entry.begin() < covered) {
        throw broken(file, entry.name(), "starts inside another tensor", "no overlap");
      }
      if (entry.begin() > covered) {
        String found = (entry.begin() - covered) + " unused bytes before it";
        throw broken(file, entry.name(), found, "no gap");
      }
      if (entry.end() > fileLength) {
        long lost = entry.end() - fileLength;
        String found = "truncated, the file ends " + lost + " bytes before it";
        throw broken(file, entry.name(), found, entry.end() + " bytes or more");
      }
      covered = entry.end();
    }
    if (covered != fileLength) {
      throw new CheckpointException(
          file + ": " + (fileLength - covered) + " bytes behind the last tensor (expected: none)");
    }
  }

  /** Text of the file for a message: of bounded length, and without control characters. */
  private static String cut(String text) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }

  private static CheckpointException broken(
      Path file, String name, String found, String expectation) {
    return new CheckpointException(
        file + ": " + cut(name) + ": " + cut(found) + " (expected: " + expectation + ")");
  }
}
