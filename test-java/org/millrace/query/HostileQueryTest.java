package org.millrace.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.millrace.query.QueryFixture.ALL_VIEWS;
import static org.millrace.query.QueryFixture.mfr;
import static org.millrace.query.QueryFixture.operators;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.millrace.fault.Tier;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.util.Random;

/** Queries come from anybody, and so do messages. */
class HostileQueryTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{'$filter'                    | at character",
                "[1] trailing                   | at character 4",
                "{}                             | expected an array",
                "[{'$foo':1}]                   | query[0].$foo",
                "[{'$map':{'a':{'b':1.5}}}]     | query[0].$map.a.b",
                "[{'$filter':{'a':{'$b':1}}}]   | query[0].$filter.a: no operator",
                "[{'$filter':{'a':{'$in':1}}}]  | query[0].$filter.a.$in: expected a string or an"
                        + " array",
                "[{'$reduce':'key'}]            | query[0].$reduce",
                "[{'$reduce':{'n':{'$sum':{}}}}]| query[0].$reduce.n.$sum",
                "[{'$sort':'key'}]              | query[0].$sort",
                "[7]                            | query[0]: expected an object",
            })
    void whatCannotBeMeantSaysWhere(String text, String where) {
        var e = assertThrows(MillraceException.class, () -> mfr(text));
        assertEquals(ErrorCode.ERR_QUERY, e.code());
        assertTrue(e.getMessage().contains(where), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{'and':{}}",
                "{'and':[{'type':5}]}",
                "{'type':'a','author':'b'}",
                "{'gt':['hash',5]}",
                "{'gt':['timestamp','5']}",
                "{'equal':[]}",
                "{'equal':[['a'],{}]}",
                "{'includes':[['a']]}",
                "{'seqs':[1.5]}",
                "{'what':1}"
            })
    void operatorsThatCannotBeMeantSayWhere(String text) {
        var e = assertThrows(MillraceException.class, () -> operators(text));
        assertEquals(ErrorCode.ERR_QUERY, e.code());
        assertTrue(e.getMessage().contains("query"), e.getMessage());
    }

    @Test
    void depthNodesAndLengthAreBounded() {
        String deep = "{'not':".repeat(100_000) + "{}" + "}".repeat(100_000);
        String many = "[" + "0,".repeat(20_000) + "0]";
        String nested = "{'not':".repeat(1000) + "{}" + "}".repeat(1000);
        for (var text : new String[] {deep, many, nested, "[".repeat(60_000)}) {
            var e = assertThrows(MillraceException.class, () -> mfr(text));
            assertEquals(ErrorCode.ERR_QUERY, e.code());
        }
    }

    @Test
    void randomTextIsAQueryOrAnError() {
        long seed = Tier.seed(this);
        var random = new Random(seed);
        String good =
                "[{'$filter':{'value':{'content':{'type':{'$prefix':'p'},'a':[1,null,true]}}}},"
                    + "{'$map':{'a':['value',-1,'length'],'b':{'$mod':2}}},"
                    + "{'$reduce':{'a':'a','n':{'$count':true}}},{'$sort':[['n'],{'$reverse':'a'}]}]";
        String letters = "'$[]{}:,0a\\-.e\"";
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            fixture.fill(20);
            for (int i = 0; i < 5000; i++) {
                var text = new StringBuilder(good);
                for (int change = random.nextInt(4); change >= 0; change--) {
                    int at = random.nextInt(text.length());
                    text.replace(
                            at,
                            at + random.nextInt(3),
                            "" + letters.charAt(random.nextInt(letters.length())));
                }
                try {
                    fixture.rows(mfr(text.toString()));
                } catch (MillraceException e) {
                    assertEquals(ErrorCode.ERR_QUERY, e.code(), text.toString());
                }
            }
        }
    }

    @Test
    void hostileMessagesNeverEndAQuery() {
        String[] contents = {
            "null",
            "5",
            "'a.box'",
            "[]",
            "{'type':{}}",
            "{'type':null,'mentions':{'link':5}}",
            "{'type':'post','mentions':[null,5,'x',{'link':[]}]}",
            "{'x':" + "[".repeat(5000) + "]".repeat(5000) + "}",
            "{'type':'post','text':'\\ud800'}"
        };
        String[] queries = {
            "[{'$map':{'x':['value','content','x',0,0,'length'],'c':['value','content']}}]",
            "[{'$reduce':{'c':['value','content'],'n':{'$sum':['value','content','type']}}}]",
            "[{'$filter':{'value':{'content':{'mentions':{'length':{'$gt':0}}}}}}]",
            "[{'$filter':{'value':{'content':{'$gt':[1]}}}},{'$sort':[['value','content']]}]",
            "[{'$filter':{'value':{'content':{'type':{'$in':'post'}}}}}]"
        };
        try (var fixture = new QueryFixture(ALL_VIEWS)) {
            for (var content : contents) {
                fixture.append("{'value':{'content':%s}}".formatted(content).replace('\'', '"'));
                fixture.append(
                        "{'value':%s,'timestamp':'x'}".formatted(content).replace('\'', '"'));
                fixture.append(content.replace('\'', '"'));
            }
            fixture.append("no JSON");
            for (var query : queries) {
                fixture.rows(mfr(query));
            }
            fixture.rows(operators("{'mentions':'x'}"));
            fixture.rows(operators("{'not':{'isRoot':true}}"));
        }
    }
}
