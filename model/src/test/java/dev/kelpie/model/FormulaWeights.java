package dev.kelpie.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Weights that are a function of their names: the formula of {@code
 * scripts/parity/config_variants.py}.
 */
final class FormulaWeights {
  private static final Pattern NORM = Pattern.compile("(norm|ln_[12f])\\.weight$");
  private static final Set<String> EMBEDDINGS =
      Set.of("model.embed_tokens.weight", "transformer.wte.weight");

  private final SortedMap<String, List<Long>> shapes = new TreeMap<>();
  private final SortedMap<String, String> formulas = new TreeMap<>();

  /** Adds a tensor; its numbers are those of the name {@code formula}. */
  void put(String name, List<Long> shape, String formula) {
    shapes.put(name, shape);
    formulas.put(name, formula);
  }

  void remove(String name) {
    shapes.remove(name);
  }

  /** A safetensors file of them in F32. */
  byte[] file() {
    StringJoiner header = new StringJoiner(", ", "{", "}");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    shapes.forEach(
        (name, shape) -> {
          int begin = bytes.size();
          bytes.writeBytes(numbers(formulas.getOrDefault(name, name), shape));
          header.add(
              String.format(
                  Locale.ROOT,
                  "\"%s\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": [%d, %d]}",
                  name,
                  shape,
                  begin,
                  bytes.size()));
        });
    return SafetensorsBuilder.file(header.length(), header.toString(), bytes.toByteArray());
  }

  private static byte[] numbers(String name, List<Long> shape) {
    boolean norm = NORM.matcher(name).find();
    double width =
        norm ? 0.25 : name.endsWith(".bias") ? 0.2 : EMBEDDINGS.contains(name) ? 1 : 0.35;
    int count = (int) shape.stream().reduce(1L, (a, b) -> a * b).longValue();
    ByteBuffer numbers = ByteBuffer.allocate(count * 4).order(ByteOrder.LITTLE_ENDIAN);
    long start = fnv1a64(name);
    for (int i = 0; i < count; i++) {
      double u = (splitmix64(start + i) >>> 40) / (double) (1 << 24);
      numbers.putFloat((float) ((norm ? 1 : 0) + width * (2 * u - 1)));
    }
    return numbers.array();
  }

  private static long fnv1a64(String text) {
    long value = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      value = (value ^ (b & 0xff)) * 0x100000001b3L;
    }
    return value;
  }

  private static long splitmix64(long seed) {
    long x = seed + 0x9e3779b97f4a7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
