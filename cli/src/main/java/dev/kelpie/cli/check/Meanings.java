package dev.kelpie.cli.check;

import dev.kelpie.config.Doc;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the components of an option record mean, from the one place where that is written: its
 * {@link Doc} annotations, or the {@code @param} tags of its javadoc. For the latter the build puts
 * the sources of the catalogs' modules beside this class.
 */
final class Meanings {
  private static final String SOURCES = "/META-INF/kelpie-sources/";
  private static final Pattern TAG =
      Pattern.compile("@param\\s+(\\w+)\\s+(.*?)(?=@param|\\*/)", Pattern.DOTALL);

  private Meanings() {}

  /** By the component's Java name; a component without a meaning is left out. */
  static Map<String, String> of(Class<?> record) {
    Map<String, String> meanings = new HashMap<>(tags(javadoc(record)));
    for (RecordComponent component : record.getRecordComponents()) {
      Doc doc = component.getAnnotation(Doc.class);
      if (doc != null) {
        meanings.put(component.getName(), doc.value());
      }
    }
    return meanings;
  }

  /** The comment right before the record's declaration, "" where there is none. */
  private static String javadoc(Class<?> record) {
    String source = source(record);
    Matcher declaration =
        Pattern.compile("\\brecord " + record.getSimpleName() + "\\b").matcher(source);
    if (!declaration.find()) {
      return "";
    }
    int end = source.lastIndexOf("*/", declaration.start());
    int start = source.lastIndexOf("/**", end);
    boolean adjacent =
        start >= 0 && source.substring(end + 2, declaration.start()).matches("[\\s\\w@]*");
    return adjacent ? source.substring(start, end + 2) : "";
  }

  static Map<String, String> tags(String javadoc) {
    Map<String, String> meanings = new HashMap<>();
    Matcher tag = TAG.matcher(javadoc);
    while (tag.find()) {
      meanings.put(tag.group(1), plain(tag.group(2)));
    }
    return meanings;
  }

  private static String plain(String text) {
    return text.replaceAll("(?m)^\\s*\\*", " ")
        .replaceAll("\\{@\\w+\\s+([^}]*)}", "$1")
        .replaceAll("</?code>", "")
        .replaceAll("\\s+", " ")
        .strip()
        .replaceFirst("\\.$", "");
  }

  private static String source(Class<?> record) {
    String file = record.getName().replaceFirst("\\$.*", "").replace('.', '/') + ".java";
    try (InputStream stream = Meanings.class.getResourceAsStream(SOURCES + file)) {
      return stream == null ? "" : new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
