package dev.kelpie.algorithms.conformance;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.config.ConfigBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Inputs and options, and the numbers another framework's code made of them.
 *
 * @param id name of the case
 * @param kind what is computed: policy-loss, advantage, ...
 * @param type the name in the kind's catalog
 * @param options in kebab-case
 * @param inputs nested lists of numbers by name
 * @param expected numbers or nested lists by name
 * @param tolerance largest error that passes
 */
public record ConformanceCase(
    String id,
    String kind,
    String type,
    ConfigBlock options,
    JsonNode inputs,
    JsonNode expected,
    double tolerance) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads one case from a JSON file. */
  public static ConformanceCase read(Path file) {
    try {
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      String id = root.required("id").textValue();
      Map<String, Object> options =
          JSON.convertValue(root.required("options"), new TypeReference<Map<String, Object>>() {});
      return new ConformanceCase(
          id,
          root.required("kind").textValue(),
          root.required("type").textValue(),
          ConfigBlock.of(id, options),
          root.required("inputs"),
          root.required("expected"),
          root.required("tolerance").doubleValue());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is not a conformance case", e);
    }
  }

  /** Kind and type, {@code policy-loss/grpo}. */
  public String kindAndType() {
    return kind + "/" + type;
  }

  /** Whether there is an input called {@code name}. */
  public boolean has(String name) {
    return inputs.hasNonNull(name);
  }

  /** Whether a number called {@code name} is expected. */
  public boolean expects(String name) {
    return expected.has(name);
  }

  /** The input called {@code name} as a list of numbers. */
  public double[] vector(String name) {
    return JSON.convertValue(inputs.required(name), double[].class);
  }

  /** The input called {@code name} as rows of numbers; a flat list becomes rows of one. */
  public double[][] matrix(String name) {
    JsonNode input = inputs.required(name);
    if (!input.path(0).isArray()) {
      double[] flat = vector(name);
      double[][] rows = new double[flat.length][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = new double[] {flat[i]};
      }
      return rows;
    }
    return JSON.convertValue(input, double[][].class);
  }

  /** The input called {@code name} as numbers in three dimensions. */
  public double[][][] cube(String name) {
    return JSON.convertValue(inputs.required(name), double[][][].class);
  }

  /** The input {@code group}, or {@code rows} groups of one when there is none. */
  public int[] groups(int rows) {
    if (has("group")) {
      return JSON.convertValue(inputs.required("group"), int[].class);
    }
    int[] groups = new int[rows];
    for (int b = 0; b < rows; b++) {
      groups[b] = b;
    }
    return groups;
  }
}
