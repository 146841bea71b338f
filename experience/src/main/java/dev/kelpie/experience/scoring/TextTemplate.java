package dev.kelpie.experience.scoring;

import dev.kelpie.experience.Invariant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A text with placeholders {@code {name}}. A doubled brace, <code>{{</code> or <code>}}</code>,
 * stands for one.
 */
public final class TextTemplate {
  private final String source;
  private final List<Piece> pieces;

  private record Piece(String text, boolean placeholder) {}

  private TextTemplate(String source, List<Piece> pieces) {
    this.source = source;
    this.pieces = List.copyOf(pieces);
  }

  /**
   * The template that {@code source} writes.
   *
   * @throws IllegalArgumentException for a brace that is neither doubled nor part of a placeholder
   */
  public static TextTemplate of(String source) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int i = 0;
    while (i < source.length()) {
      char c = source.charAt(i);
      boolean doubled = i + 1 < source.length() && source.charAt(i + 1) == c;
      if ((c == '{' || c == '}') && doubled) {
        text.append(c);
        i += 2;
      } else if (c == '{') {
        int end = source.indexOf('}', i);
        String name = end < 0 ? "" : source.substring(i + 1, end);
        Invariant.that(
            !name.isEmpty() && name.indexOf('{') < 0,
            "template: %s (expected: a name in braces, or {{ for a brace)",
            source.substring(i));
        pieces.add(new Piece(text.toString(), false));
        pieces.add(new Piece(name, true));
        text.setLength(0);
        i = end + 1;
      } else {
        Invariant.that(c != '}', "template: %s (expected: }} for a brace)", source.substring(i));
        text.append(c);
        i++;
      }
    }
    pieces.add(new Piece(text.toString(), false));
    return new TextTemplate(source, pieces);
  }

  /** The names of its placeholders, in order. */
  public Set<String> placeholders() {
    Set<String> names = new LinkedHashSet<>();
    pieces.stream().filter(Piece::placeholder).forEach(piece -> names.add(piece.text()));
    return names;
  }

  /** The text with each placeholder replaced by what {@code value} gives for its name. */
  public String fill(UnaryOperator<String> value) {
    StringBuilder text = new StringBuilder();
    for (Piece piece : pieces) {
      text.append(piece.placeholder() ? value.apply(piece.text()) : piece.text());
    }
    return text.toString();
  }

  /** The same text with other names of its placeholders. */
  public TextTemplate renamed(UnaryOperator<String> name) {
    StringBuilder text = new StringBuilder();
    for (Piece piece : pieces) {
      text.append(
          piece.placeholder()
              ? "{" + name.apply(piece.text()) + "}"
              : piece.text().replace("{", "{{").replace("}", "}}"));
    }
    return of(text.toString());
  }

  /** As it was written. */
  @Override
  public String toString() {
    return source;
  }
}
