import Testing

@testable import vipad

/// The two text formats, byte by byte.
struct ExpositionTests {
  @Test func countersAreNamedAsEachFormatWantsIt() {
    func written(_ format: Exposition.Format) -> String {
      var exposition = Exposition(format)
      exposition.counter("vipad_claims", "Claims.")
      exposition.count(3, [("group", "a"), ("cause", "vrrp")])
      return String(decoding: exposition.bytes(), as: UTF8.self)
    }
    #expect(
      written(.text) == """
        # HELP vipad_claims_total Claims.
        # TYPE vipad_claims_total counter
        vipad_claims_total{group="a",cause="vrrp"} 3

        """)
    #expect(
      written(.openMetrics) == """
        # HELP vipad_claims Claims.
        # TYPE vipad_claims counter
        vipad_claims_total{group="a",cause="vrrp"} 3
        # EOF

        """)
  }

  @Test func labelsAreEscaped() {
    var exposition = Exposition(.text)
    exposition.gauge("x", "X.")
    exposition.truth(true, [("detail", "a \"b\" \\ c\nd")])
    let text = String(decoding: exposition.bytes(), as: UTF8.self)
    #expect(text.hasSuffix(#"x{detail="a \"b\" \\ c\nd"} 1"# + "\n"))
  }

  @Test func aHistogramCountsWhatIsAtMostItsBound() {
    var histogram = Histogram()
    for seconds in [0.001, 0.0011, 0.3, 60, 61, -1] { histogram.note(seconds: seconds) }
    var exposition = Exposition(.text)
    exposition.histogram("h", "H.")
    exposition.samples([], of: histogram)
    let lines = String(decoding: exposition.bytes(), as: UTF8.self).split(separator: "\n")
    #expect(lines.contains(#"h_bucket{le="0.001"} 2"#) && lines.contains(#"h_bucket{le="0.0025"} 3"#))
    #expect(lines.contains(#"h_bucket{le="60.0"} 5"#) && lines.contains(#"h_bucket{le="+Inf"} 6"#))
    #expect(lines.last == "h_count 6")
  }
}
