package org.millrace;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.stream.Stream;

/** A package imports only packages to its left; docs/DESIGN.md has the picture. */
class ArchitectureTest {
    private static final List<String> ORDER =
            List.of("memory", "format", "storage", "log", "codec", "view", "query", "host");

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.millrace");

    @TestFactory
    Stream<DynamicTest> importsOnlyWhatStandsToItsLeft() {
        return ORDER.stream()
                .map(
                        name ->
                                DynamicTest.dynamicTest(
                                        name,
                                        () ->
                                                noClasses()
                                                        .that()
                                                        .resideInAPackage(in(name))
                                                        .should()
                                                        .dependOnClassesThat()
                                                        .resideInAnyPackage(rightOf(name))
                                                        .allowEmptyShould(true)
                                                        .check(CLASSES)));
    }

    @Test
    void seesTheClasses() {
        Assertions.assertTrue(CLASSES.size() > 5, "ArchUnit read " + CLASSES.size() + " classes");
    }

    private static String in(String name) {
        return "org.millrace." + name + "..";
    }

    private static String[] rightOf(String name) {
        var right = ORDER.subList(ORDER.indexOf(name) + 1, ORDER.size());
        return Stream.concat(right.stream(), Stream.of("cli"))
                .map(ArchitectureTest::in)
                .toArray(String[]::new);
    }
}
