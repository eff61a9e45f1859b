using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Dyadic.Data;

/// <summary>Letters without their accents: the canonical decomposition without what is a mark.</summary>
/// <remarks>
/// The table is Unicode 14's, since a program without globalisation data has none. Left as they are: ideographs that are compatible with
/// another one, and letters outside the first plane.
/// </remarks>
internal static class Accents
{
    // A letter, then those that are it with marks; groups are separated by spaces.
    private const string Table =
        ";; <\u226E =\u2260 >\u226F AÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶÅ BḂḄḆ CÇĆĈĊČḈ DĎḊḌḎḐḒ EÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ FḞ GĜĞĠĢǦǴḠ " +
        "HĤȞḢḤḦḨḪ IÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ JĴ KĶǨḰḲḴK LĹĻĽḶḸḺḼ MḾṀṂ NÑŃŅŇǸṄṆṈṊ OÒÓÔÕÖŌŎŐƠǑǪǬȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ PṔṖ RŔŖŘȐȒṘṚṜṞ " +
        "SŚŜŞŠȘṠṢṤṦṨ TŢŤȚṪṬṮṰ UÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ VṼṾ WŴẀẂẄẆẈ XẊẌ YÝŶŸȲẎỲỴỶỸ ZŹŻŽẐẒẔ `` " +
        "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ bḃḅḇ cçćĉċčḉ dďḋḍḏḑḓ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ fḟ gĝğġģǧǵḡ hĥȟḣḥḧḩḫẖ iìíîïĩīĭįǐȉȋḭḯỉị " +
        "jĵǰ kķǩḱḳḵ lĺļľḷḹḻḽ mḿṁṃ nñńņňǹṅṇṉṋ oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ pṕṗ rŕŗřȑȓṙṛṝṟ sśŝşšșṡṣṥṧṩ tţťțṫṭṯṱẗ " +
        "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự vṽṿ wŵẁẃẅẇẉẘ xẋẍ yýÿŷȳẏẙỳỵỷỹ zźżžẑẓẕ ¨΅῁῭΅ ´´ ·· ÆǢǼ ØǾ æǣǽ øǿ ſẛ ƷǮ ʒǯ ʹʹ " +
        "ΑΆἈἉἊἋἌἍἎἏᾈᾉᾊᾋᾌᾍᾎᾏᾸᾹᾺΆᾼ ΕΈἘἙἚἛἜἝῈΈ ΗΉἨἩἪἫἬἭἮἯᾘᾙᾚᾛᾜᾝᾞᾟῊΉῌ ΙΊΪἸἹἺἻἼἽἾἿῘῙῚΊ ΟΌὈὉὊὋὌὍῸΌ ΡῬ ΥΎΫὙὛὝὟῨῩῪΎ " +
        "ΩΏὨὩὪὫὬὭὮὯᾨᾩᾪᾫᾬᾭᾮᾯῺΏῼΩ αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ εέἐἑἒἓἔἕὲέ ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ ιΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ " +
        "οόὀὁὂὃὄὅὸό ρῤῥ υΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ ϒϓϔ ІЇ АӐӒ ГЃ ЕЀЁӖ ЖӁӜ ЗӞ ИЍЙӢӤ КЌ ОӦ УЎӮӰӲ ЧӴ ЫӸ ЭӬ аӑӓ " +
        "гѓ еѐёӗ жӂӝ зӟ ийѝӣӥ кќ оӧ уўӯӱӳ чӵ ыӹ эӭ ії ѴѶ ѵѷ ӘӚ әӛ ӨӪ өӫ \u05D0\uFB2E\uFB2F\uFB30 \u05D1\uFB31\uFB4C " +
        "\u05D2\uFB32 \u05D3\uFB33 \u05D4\uFB34 \u05D5\uFB35\uFB4B \u05D6\uFB36 \u05D8\uFB38 \u05D9\uFB1D\uFB39 \u05DA\uFB3A " +
        "\u05DB\uFB3B\uFB4D \u05DC\uFB3C \u05DE\uFB3E \u05E0\uFB40 \u05E1\uFB41 \u05E3\uFB43 \u05E4\uFB44\uFB4E \u05E6\uFB46 " +
        "\u05E7\uFB47 \u05E8\uFB48 \u05E9\uFB2A\uFB2B\uFB2C\uFB2D\uFB49 \u05EA\uFB4A \u05F2\uFB1F \u0627\u0622\u0623\u0625 " +
        "\u0648\u0624 \u064A\u0626 \u06C1\u06C2 \u06D2\u06D3 \u06D5\u06C0 कक़ खख़ गग़ जज़ डड़ ढढ़ नऩ फफ़ यय़ रऱ ळऴ ডড় ঢঢ় যয় ਖਖ਼ ਗਗ਼ ਜਜ਼ ਫਫ਼ " +
        "ਲਲ਼ ਸਸ਼ ଡଡ଼ ଢଢ଼ \u0B47\u0B48 \u0CC2\u0CCA \u0CD5\u0CC0\u0CC7 \u0CD6\u0CC8 \u0DD9\u0DDA ཀཀྵ གགྷ ཌཌྷ དདྷ བབྷ ཛཛྷ ဥဦ " +
        "\u1B35\u1B3B\u1B3D\u1B43 ᾿῍῎῏ ῾῝῞῟ \u2002\u2000 \u2003\u2001 \u2190\u219A \u2192\u219B \u2194\u21AE \u21D0\u21CD " +
        "\u21D2\u21CF \u21D4\u21CE \u2203\u2204 \u2208\u2209 \u220B\u220C \u2223\u2224 \u2225\u2226 \u223C\u2241 \u2243\u2244 " +
        "\u2245\u2247 \u2248\u2249 \u224D\u226D \u2261\u2262 \u2264\u2270 \u2265\u2271 \u2272\u2274 \u2273\u2275 \u2276\u2278 " +
        "\u2277\u2279 \u227A\u2280 \u227B\u2281 \u227C\u22E0 \u227D\u22E1 \u2282\u2284 \u2283\u2285 \u2286\u2288 \u2287\u2289 " +
        "\u2291\u22E2 \u2292\u22E3 \u22A2\u22AC \u22A8\u22AD \u22A9\u22AE \u22AB\u22AF \u22B2\u22EA \u22B3\u22EB \u22B4\u22EC " +
        "\u22B5\u22ED \u2ADD\u2ADC \u3008\u2329 \u3009\u232A うゔ かが きぎ くぐ けげ こご さざ しじ すず せぜ そぞ ただ ちぢ つづ てで とど はばぱ ひびぴ ふぶぷ へべぺ " +
        "ほぼぽ ゝゞ ウヴ カガ キギ クグ ケゲ コゴ サザ シジ スズ セゼ ソゾ タダ チヂ ツヅ テデ トド ハバパ ヒビピ フブプ ヘベペ ホボポ ワヷ ヰヸ ヱヹ ヲヺ ヽヾ";

    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7, VowelCount = 21, TrailCount = 28;

    private static readonly FrozenDictionary<char, char> Bases =
        Table.Split(' ').SelectMany(group => group[1..].Select(letter => KeyValuePair.Create(letter, group[0]))).ToFrozenDictionary();

    /// <summary>Appends what is left of <paramref name="rune"/>: nothing of a mark, the letter below its accents, the parts of a Hangul syllable.</summary>
    public static void AppendStripped(StringBuilder text, Rune rune)
    {
        if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark) return;
        int code = rune.Value;
        if (code is >= HangulFirst and <= HangulLast)
        {
            int index = code - HangulFirst, trail = index % TrailCount;                            // Unicode 3.12, arithmetic decomposition
            text.Append((char)(Leads + (index / (VowelCount * TrailCount)))).Append((char)(Vowels + (index / TrailCount % VowelCount)));
            if (trail > 0) text.Append((char)(Trails + trail));
        }
        else if (rune.IsBmp)
        {
            text.Append(Bases.GetValueOrDefault((char)code, (char)code));
        }
        else
        {
            text.Append(rune.ToString());
        }
    }
}
