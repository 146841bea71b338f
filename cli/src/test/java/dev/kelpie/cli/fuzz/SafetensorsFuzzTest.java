package dev.kelpie.cli.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.SafetensorsFile;
import dev.kelpie.model.SafetensorsListing;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is accepted holds the tensors that a plain reading of the format finds in it. */
class SafetensorsFuzzTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, Integer> WIDTHS =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F32", 4),
          Map.entry("F64", 8),
          Map.entry("I64", 8),
          Map.entry("U64", 8));

  @Test
  void readsWhatTheFormatSaysOrRefuses(@TempDir Path folder) throws InterruptedException {
    fuzz(folder, 500);
  }

  @Test
  @Tag("slow")
  void doesSoAHundredThousandTimes(@TempDir Path folder) throws InterruptedException {
    fuzz(folder, Fuzz.MANY);
  }

  private static void fuzz(Path folder, int inputs) throws InterruptedException {
    Path file = folder.resolve("model.safetensors");
    String two =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
            + "\"b.weight\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]}}";
    String one =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"x\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"none\":{\"dtype\":\"U8\",\"shape\":[0,5],\"data_offsets\":[8,8]}}   ";
    new Fuzz(
            List.of(bytes(two, 32), bytes(one, 8)),
            List.of(
                "\"dtype\":\"F16\"",
                "\"shape\":[1]",
                "\"data_offsets\":[0,8]",
                "F64",
                "[",
                "{",
                "\\ud83d",
                "\"a\":",
                ",",
                "}",
                "\u0000",
                "-",
                "0"),
            inputs)
        .allocatingBelow(1L << 30)
        .run(input -> check(file, input), CheckpointException.class);
  }

  private static byte[] bytes(String header, int data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + data)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json);
    for (int i = 0; i < data; i++) {
      file.put((byte) (i * 7));
    }
    return file.array();
  }

  private static void check(Path path, byte[] input) throws IOException {
    Files.write(path, input);
    SafetensorsListing.of(path); // of what is refused, the part that can be read
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      long length = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).getLong();
      byte[] header = Arrays.copyOfRange(input, 8, (int) (8 + length));
      JsonNode json = JSON.readTree(new String(header, StandardCharsets.UTF_8));
      TreeSet<String> names = new TreeSet<>();
      json.fieldNames().forEachRemaining(names::add);
      names.remove("__metadata__");
      assertThat(List.copyOf(file.names())).isEqualTo(List.copyOf(names));
      BigInteger total = BigInteger.ZERO;
      for (String name : names) {
        total = total.add(check(file, name, json.get(name), input, (int) (8 + length)));
      }
      // Without overlap or gap, the tensors together are the rest of the file.
      assertThat(total.longValueExact()).isEqualTo(input.length - 8 - length);
    }
  }

  private static BigInteger check(
      SafetensorsFile file, String name, JsonNode tensor, byte[] input, int start) {
    assertThat(file.dtype(name)).isEqualTo(tensor.get("dtype").asText());
    BigInteger bytes = BigInteger.valueOf(WIDTHS.get(file.dtype(name)));
    assertThat(file.shape(name)).hasSize(tensor.get("shape").size());
    for (int i = 0; i < file.shape(name).size(); i++) {
      BigInteger size = tensor.get("shape").get(i).bigIntegerValue();
      assertThat(BigInteger.valueOf(file.shape(name).get(i))).isEqualTo(size);
      bytes = bytes.multiply(size);
    }
    int from = tensor.get("data_offsets").get(0).intValue();
    int to = tensor.get("data_offsets").get(1).intValue();
    assertThat(BigInteger.valueOf(to - from)).isEqualTo(bytes);
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    file.read(
        name,
        16,
        chunk -> {
          while (chunk.hasRemaining()) {
            read.write(chunk.get());
          }
        });
    assertThat(read.toByteArray()).isEqualTo(Arrays.copyOfRange(input, start + from, start + to));
    return bytes;
  }
}
