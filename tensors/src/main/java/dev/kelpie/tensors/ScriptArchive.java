package dev.kelpie.tensors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive: a zip of the sources and of pickles that describe one object without
 * attributes.
 */
final class ScriptArchive {
  private ScriptArchive() {}

  static byte[] pack(String name, List<ScriptSource> sources) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED); // libtorch's reader expects entries as they are
      add(zip, name + "/data.pkl", latin(object(name)));
      for (int i = 0; i < sources.size(); i++) {
        String file = i == 0 ? "__torch__.py" : "__torch__/" + sources.get(i).name() + ".py";
        byte[] text = sources.get(i).text().getBytes(StandardCharsets.UTF_8);
        add(zip, name + "/code/" + file, text);
      }
      add(zip, name + "/constants.pkl", latin("\u0080\u0002)."));
      add(zip, name + "/version", latin("10\n"));
      add(zip, name + "/byteorder", latin("little"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The pickle of an object of class {@code name} whose only attribute is {@code training}. */
  private static String object(String name) {
    return "\u0080\u0002c__torch__\n"
        + name
        + "\nq\u0000)\u0081}(X\u0008\u0000\u0000\u0000trainingq\u0001\u0089ubq\u0002.";
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void add(ZipOutputStream zip, String path, byte[] content) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry(path);
    entry.setTime(0);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
