#include "src/smtpd/registrable_domain.hpp"

#include <algorithm>
#include <array>

namespace postlint::smtpd {
namespace {

/// Country codes that are delegated.
constexpr std::string_view countries =
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn "
    "bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj "
    "dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp "
    "gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke "
    "kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk "
    "ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om "
    "pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si "
    "sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw "
    "tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";
/// Other top-level domains below which anybody can register, the usual ones. Two of RFC 2606 stand
/// for such in documentation.
constexpr std::string_view open_domains =
    "accountant aero agency amsterdam app art asia bar berlin bid bio biz blog buzz cafe "
    "cat center click cloud club com company coop cricket date design dev digital "
    "download eco email example faith fun game games global group hamburg host icu info "
    "jobs koeln life link live loan london media men mobi museum name net network news "
    "ngo nyc one ong online org page paris party pizza post press pro pub racing rest "
    "review science services shop site solutions space store stream studio systems tech "
    "tel test today tokyo top trade travel vip webcam website wien wiki win work world "
    "xxx xyz ";
/// Second levels that registries of countries sell.
constexpr std::array<std::string_view, 11> second_levels{"co",  "com",  "net", "org", "or", "ne",
                                                         "nom", "info", "biz", "ltd", "me"};

bool in(const auto& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Is it one of the words?
bool in_words(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return false;
}

}  // namespace

bool is_public_suffix(std::string_view domain) {
  const std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos)
    return domain.starts_with("xn--") ||
           in_words(domain.size() == 2 ? countries : open_domains, domain);
  const std::string_view top = domain.substr(dot + 1);
  return top.size() == 2 && is_public_suffix(top) && in(second_levels, domain.substr(0, dot));
}

std::string_view registrable_domain(std::string_view name) {
  std::size_t at = name.size();
  for (;;) {
    const std::size_t dot = at == 0 ? std::string_view::npos : name.rfind('.', at - 1);
    const std::size_t start = dot == std::string_view::npos ? 0 : dot + 1;
    if (start == 0 || !is_public_suffix(name.substr(start))) return name.substr(start);
    at = dot;
  }
}

}  // namespace postlint::smtpd
