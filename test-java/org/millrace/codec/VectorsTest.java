package org.millrace.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * What Node's JSON.parse, npm's bipf and ssb-ref make of hard records, we make of them:
 * vectors.txt, written by vectors.js.
 */
class VectorsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Test
    void jsonReadsAsJsonParseReadsIt() throws IOException {
        assertTrue(check("JSON", new JsonScanner(true)) > 300);
        assertTrue(check("JSON", new JsonScanner(false)) > 300);
    }

    @Test
    void bipfReadsAsThePackageReadsIt() throws IOException {
        assertTrue(check("BIPF", new BipfScanner()) > 100);
    }

    private static int check(String encoding, Scanner scanner) throws IOException {
        int count = 0;
        for (String line : lines()) {
            String[] columns = line.split("\t");
            if (columns[0].equals(encoding)) {
                byte[] record = Base64.getDecoder().decode(columns[1]);
                String text = new String(record, StandardCharsets.UTF_8);
                assertEquals(expected(columns[2]), Found.scan(scanner, record, 1, 9), text);
                assertEquals(expected(columns[2]), Found.scan(scanner, record, 8, 0), text);
                count++;
            }
        }
        return count;
    }

    private static List<String> expected(String column) throws IOException {
        return column.equals("-")
                ? null
                : Arrays.asList(
                        MAPPER.readValue(Base64.getDecoder().decode(column), String[].class));
    }

    private static List<String> lines() throws IOException {
        try (var in = VectorsTest.class.getResourceAsStream("vectors.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
        }
    }
}
