package dev.kelpie.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.text.NumberFormat;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** No class formats by the machine's country or reads by its character set. */
@AnalyzeClasses(
    packages = "dev.kelpie",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class CountryTest {
  private static final Set<String> FORMATS = Set.of("format", "formatted", "printf");
  private static final Set<String> LETTERS = Set.of("toLowerCase", "toUpperCase");

  /** Constructors and methods that take the default character set unless they are given one. */
  private static final Set<String> READERS =
      Set.of(
          "java.io.InputStreamReader",
          "java.io.OutputStreamWriter",
          "java.io.FileReader",
          "java.io.FileWriter");

  /** Classes that are about the country or the character set of the machine. */
  private static final Map<String, Set<String>> ALWAYS =
      Map.of(
          "java.util.Scanner", Set.of("<init>"),
          "java.nio.charset.Charset", Set.of("defaultCharset"),
          "java.util.Locale", Set.of("getDefault"));

  @ArchTest
  static final ArchRule NUMBERS_AND_LETTERS_ARE_THOSE_OF_NO_COUNTRY =
      noClasses()
          .should()
          .accessTargetWhere(dependsOnTheMachine())
          .because(
              "in ar-EG 12 is \u0661\u0662, in tr-TR TITLE is t\u0131tle in small letters, and in"
                  + " the C locale a file is ASCII: what goes into a file, its name or a protocol"
                  + " takes Locale.ROOT and UTF_8");

  private static DescribedPredicate<JavaAccess<?>> dependsOnTheMachine() {
    return DescribedPredicate.describe(
        "formats, changes letters or reads text as the machine's settings say",
        access ->
            access.getTarget() instanceof CodeUnitAccessTarget target
                && dependsOnTheMachine(
                    target.getOwner().getFullName(),
                    target.getName(),
                    target.getRawParameterTypes().stream().map(JavaClass::getFullName).toList()));
  }

  private static boolean dependsOnTheMachine(String owner, String name, List<String> parameters) {
    boolean located = parameters.stream().anyMatch(Locale.class.getName()::equals);
    boolean charset =
        parameters.stream().anyMatch(type -> type.startsWith("java.nio.charset.Charset"));
    if (ALWAYS.getOrDefault(owner, Set.of()).contains(name)) {
      return true;
    }
    boolean named = parameters.contains("java.lang.String") && !owner.contains("File");
    if (READERS.contains(owner) && name.equals("<init>")) {
      return !charset && !named;
    }
    return switch (owner) {
      case "java.lang.String" ->
          ((FORMATS.contains(name) || LETTERS.contains(name)) && !located)
              || (name.equals("getBytes") && parameters.isEmpty())
              || (name.equals("<init>") && parameters.contains("[B") && !charset && !named);
      case "java.io.PrintStream", "java.io.PrintWriter" -> FORMATS.contains(name) && !located;
      case "java.util.Formatter" -> name.equals("<init>") && !located;
      case "java.text.DecimalFormat" -> name.equals("<init>") && parameters.size() < 2;
      case "java.text.NumberFormat" ->
          name.startsWith("get") && name.endsWith("Instance") && !located;
      case "java.time.format.DateTimeFormatter" -> name.equals("ofPattern") && !located;
      default -> false;
    };
  }

  /** What the rule must find, and what it must leave alone. */
  @SuppressWarnings({"DefaultCharset", "StringCaseLocaleUsage", "unused"})
  private static final class Examples {
    static final class Bare {
      String format() {
        return String.format("%d", 12);
      }

      String formatted() {
        return "%d".formatted(12);
      }

      void printf() {
        System.out.printf("%d%n", 12);
      }

      String letters() {
        return "TITLE".toLowerCase();
      }

      UnaryOperator<String> reference() {
        return String::toUpperCase;
      }

      String decimal() {
        return new DecimalFormat("0.0").format(1);
      }

      String number() {
        return NumberFormat.getInstance().format(1);
      }

      int scanner() {
        return new Scanner("12").nextInt();
      }

      byte[] bytes() {
        return "x".getBytes();
      }

      String text() {
        return new String(new byte[1]);
      }

      Object reader() {
        return new InputStreamReader(new ByteArrayInputStream(new byte[1]));
      }

      Object charset() {
        return Charset.defaultCharset();
      }

      Object time() {
        return DateTimeFormatter.ofPattern("MMM");
      }
    }

    static final class Located {
      String all() {
        System.out.printf(Locale.ROOT, "%d%n", 12);
        Object reader =
            new InputStreamReader(new ByteArrayInputStream(new byte[1]), StandardCharsets.UTF_8);
        Object decimal = new DecimalFormat("0", DecimalFormatSymbols.getInstance(Locale.ROOT));
        Object time = DateTimeFormatter.ofPattern("MMM", Locale.ROOT);
        byte[] bytes = "x".getBytes(StandardCharsets.UTF_8);
        return String.format(Locale.ROOT, "%s %s %s", reader, decimal, time)
            + "TITLE".toLowerCase(Locale.ROOT)
            + new String(bytes, StandardCharsets.UTF_8);
      }
    }
  }

  @Test
  void findsEveryBareCallAndNoOther() {
    List<String> found =
        new ClassFileImporter()
            .importClasses(Examples.Bare.class, Examples.Located.class).stream()
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(dependsOnTheMachine())
                .map(access -> access.getOwner().getName())
                .distinct()
                .sorted()
                .toList();
    assertThat(found)
        .containsExactly(
            "bytes",
            "charset",
            "decimal",
            "format",
            "formatted",
            "letters",
            "number",
            "printf",
            "reader",
            "reference",
            "scanner",
            "text",
            "time");
  }
}
