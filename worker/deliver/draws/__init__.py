"""Public draws: what is published of them, the folder anyone can check, the page of the broadcast, the order by lot."""
