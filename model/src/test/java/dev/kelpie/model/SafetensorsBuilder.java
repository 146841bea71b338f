package dev.kelpie.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/** Makes small safetensors files, right ones and wrong ones, filled with 0, 1, 2, ... as bytes. */
final class SafetensorsBuilder {
  private final SortedMap<String, String> entries = new TreeMap<>();
  private final SortedMap<String, Long> sizes = new TreeMap<>();

  void put(String name, String dtype, List<Long> shape) {
    int width = dtype.equals("F64") ? 8 : 4;
    sizes.put(name, shape.stream().reduce((long) width, (a, b) -> a * b));
    entries.put(name, "\"dtype\": \"" + dtype + "\", \"shape\": " + shape);
  }

  void remove(String name) {
    entries.remove(name);
    sizes.remove(name);
  }

  byte[] build() {
    StringJoiner json = new StringJoiner(", ", "{", "}");
    long[] end = {0};
    entries.forEach(
        (name, entry) -> {
          long begin = end[0];
          end[0] += sizes.getOrDefault(name, 0L);
          json.add(
              "\""
                  + name
                  + "\": {"
                  + entry
                  + ", \"data_offsets\": ["
                  + begin
                  + ", "
                  + end[0]
                  + "]}");
        });
    byte[] bytes = new byte[(int) end[0]];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 100);
    }
    return file(json.length(), json.toString(), bytes);
  }

  static byte[] file(long headerBytes, String json, byte[] rest) {
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length() + rest.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(headerBytes).put(json.getBytes(StandardCharsets.US_ASCII)).put(rest);
    return file.array();
  }
}
