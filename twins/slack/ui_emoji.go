package slack

import (
	"html/template"
	"strings"
)

// quickEmoji are the reactions at hand beside a message.
var quickEmoji = []string{"+1", "white_check_mark", "eyes", "tada"}

// An emojiGroup is a row of the picker.
type emojiGroup struct {
	Name  string
	Names []string
}

// emojiGroups are the emoji that a page can draw, as the picker offers them. An emoji that is not here is shown by name.
var emojiGroups, emojiByName = readEmoji(`
Smileys: grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 rolling_on_the_floor_laughing 🤣 joy 😂 slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 star-struck 🤩 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany_face 🤪 money_mouth_face 🤑 hugging_face 🤗 thinking_face 🤔 zipper_mouth_face 🤐 face_with_raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 nauseated_face 🤢 hot_face 🥵 cold_face 🥶 dizzy_face 😵 exploding_head 🤯 face_with_cowboy_hat 🤠 partying_face 🥳 sunglasses 😎 nerd_face 🤓 face_with_monocle 🧐 confused 😕 worried 😟 slightly_frowning_face 🙁 open_mouth 😮 hushed 😯 astonished 😲 flushed 😳 pleading_face 🥺 fearful 😨 cold_sweat 😰 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩 tired_face 😫 yawning_face 🥱 triumph 😤 rage 😡 angry 😠 smiling_imp 😈 skull 💀 poop 💩 clown_face 🤡 ghost 👻 alien 👽 robot_face 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 melting_face 🫠 saluting_face 🫡
People: +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 wave 👋 ok_hand 👌 pinched_fingers 🤌 v ✌️ crossed_fingers 🤞 the_horns 🤘 call_me_hand 🤙 point_left 👈 point_right 👉 point_up_2 👆 point_down 👇 point_up ☝️ raised_hand ✋ hand ✋ fist ✊ facepunch 👊 punch 👊 clap 👏 raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 brain 🧠 bow 🙇 shrug 🤷 face_palm 🤦 raising_hand 🙋 dancer 💃 runner 🏃 walking 🚶 technologist 🧑‍💻 astronaut 🧑‍🚀 bust_in_silhouette 👤 busts_in_silhouette 👥 speaking_head_in_silhouette 🗣️
Nature: dog 🐶 cat 🐱 mouse 🐭 fox_face 🦊 bear 🐻 panda_face 🐼 tiger 🐯 lion_face 🦁 cow 🐮 pig 🐷 frog 🐸 monkey_face 🐵 chicken 🐔 penguin 🐧 bird 🐦 owl 🦉 unicorn_face 🦄 bee 🐝 bug 🐛 butterfly 🦋 snail 🐌 turtle 🐢 snake 🐍 octopus 🐙 crab 🦀 whale 🐳 dolphin 🐬 shark 🦈 elephant 🐘 cactus 🌵 evergreen_tree 🌲 palm_tree 🌴 seedling 🌱 four_leaf_clover 🍀 sunflower 🌻 rose 🌹 mushroom 🍄 earth_americas 🌎 full_moon 🌕 crescent_moon 🌙 sunny ☀️ partly_sunny ⛅ cloud ☁️ rainbow 🌈 snowflake ❄️ zap ⚡ fire 🔥 boom 💥 droplet 💧 ocean 🌊 star ⭐ star2 🌟 sparkles ✨ dizzy 💫
Food: apple 🍎 banana 🍌 grapes 🍇 strawberry 🍓 avocado 🥑 bread 🍞 cheese_wedge 🧀 pizza 🍕 hamburger 🍔 fries 🍟 taco 🌮 sushi 🍣 ramen 🍜 cookie 🍪 doughnut 🍩 cake 🍰 birthday 🎂 popcorn 🍿 coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine_glass 🍷 champagne 🍾 clinking_glasses 🥂
Activity: tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 trophy 🏆 sports_medal 🏅 first_place_medal 🥇 soccer ⚽ basketball 🏀 dart 🎯 bowling 🎳 video_game 🎮 game_die 🎲 jigsaw 🧩 art 🎨 microphone 🎤 headphones 🎧 musical_note 🎵 guitar 🎸 clapper 🎬
Travel: rocket 🚀 flying_saucer 🛸 airplane ✈️ helicopter 🚁 car 🚗 taxi 🚕 bus 🚌 ambulance 🚑 fire_engine 🚒 police_car 🚓 bike 🚲 train 🚆 ship 🚢 anchor ⚓ construction 🚧 rotating_light 🚨 vertical_traffic_light 🚦 house 🏠 office 🏢 hospital 🏥 factory 🏭 tent ⛺ beach_with_umbrella 🏖️ mountain ⛰️ world_map 🗺️ stopwatch ⏱️ alarm_clock ⏰ hourglass ⌛ hourglass_flowing_sand ⏳ watch ⌚
Objects: computer 💻 desktop_computer 🖥️ keyboard ⌨️ iphone 📱 telephone_receiver 📞 battery 🔋 electric_plug 🔌 bulb 💡 flashlight 🔦 moneybag 💰 dollar 💵 credit_card 💳 gem 💎 wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ gear ⚙️ link 🔗 toolbox 🧰 magnet 🧲 test_tube 🧪 microscope 🔬 telescope 🔭 satellite_antenna 📡 pill 💊 thermometer 🌡️ broom 🧹 key 🔑 lock 🔒 unlock 🔓 bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 email 📧 envelope ✉️ incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 package 📦 mailbox 📫 memo 📝 pencil 📝 pencil2 ✏️ file_folder 📁 open_file_folder 📂 calendar 📅 date 📅 spiral_calendar_pad 🗓️ chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 clipboard 📋 pushpin 📌 round_pushpin 📍 paperclip 📎 scissors ✂️ wastebasket 🗑️ books 📚 book 📖 bookmark 🔖 label 🏷️ mag 🔍 shield 🛡️ camera 📷 movie_camera 🎥 tv 📺 ticket 🎫 page_facing_up 📄 newspaper 📰 floppy_disk 💾 cd 💿 printer 🖨️ bomb 💣 crystal_ball 🔮
Symbols: heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 white_heart 🤍 broken_heart 💔 100 💯 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_plus_sign ➕ heavy_minus_sign ➖ question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ warning ⚠️ no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 recycle ♻️ red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣 black_circle ⚫ white_circle ⚪ large_red_square 🟥 large_green_square 🟩 large_blue_square 🟦 arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁 back 🔙 soon 🔜 new 🆕 ok 🆗 up 🆙 cool 🆒 free 🆓 sos 🆘 information_source ℹ️ speech_balloon 💬 thought_balloon 💭 zzz 💤 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ keycap_ten 🔟 zero 0️⃣ hash #️⃣ checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️ pirate_flag 🏴‍☠️ rainbow-flag 🏳️‍🌈
`)

func readEmoji(list string) (groups []emojiGroup, byName map[string]string) {
	byName = map[string]string{}
	for row := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		name, pairs, _ := strings.Cut(row, ": ")
		g := emojiGroup{Name: name}
		drawn := map[string]bool{}
		words := strings.Fields(pairs)
		for i := 0; i+1 < len(words); i += 2 {
			byName[words[i]] = words[i+1]
			if !drawn[words[i+1]] {
				g.Names = append(g.Names, words[i])
			}
			drawn[words[i+1]] = true
		}
		groups = append(groups, g)
	}
	return groups, byName
}

// drawn draws an emoji by its name, or says its name.
func drawn(name string) template.HTML {
	base, _, _ := strings.Cut(name, "::")
	esc := template.HTMLEscapeString(base)
	if g := emojiByName[base]; g != "" {
		return template.HTML(`<span class="emoji" role="img" aria-label="` + esc + `" title=":` + esc + `:">` + g + `</span>`)
	}
	return template.HTML(`<span class="emoji named">:` + esc + `:</span>`)
}
